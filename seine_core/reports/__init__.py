"""How figures are shown to people: charts by matplotlib in pages by Jinja2."""

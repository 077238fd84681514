"""Everything between the network and the page: routes, bodies, logins, files."""

"""How both servers, the editor and the study, are reached: addresses, connections, limits."""

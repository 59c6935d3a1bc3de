"""Bad ways between the browser and the site."""

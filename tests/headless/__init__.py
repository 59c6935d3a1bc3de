"""Chat pages without a browser: they speak the socket's protocol and keep the whole view that `static/js` would show.

What the scripts do with each event is done here once more, so that a state that a page could not get out of is found
by thousands of steps a minute. `stored` reads what they must agree with straight from the database.
"""

"""A long run under mixed load with a fault every few seconds, and what is left of it: `manage.py soak`.

`python -m tests.soak --minutes 60 --seed 7 --report FILE`. The seed decides what is done and which faults come in which
order; when exactly they meet is the machine's affair.
"""

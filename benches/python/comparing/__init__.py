"""What `compare.py` is made of: contenders, their processes, the passes, the claims, and what is written of them."""

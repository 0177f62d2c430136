"""From generated ids to text: streams and their stops, and what generation loops of other packages take.

Its modules are imported one by one: tokenizers need some of them, and others need tokenizers.
"""

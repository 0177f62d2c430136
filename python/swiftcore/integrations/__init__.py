"""swiftcore inside what people already run: one module for each package, imported only where it is asked for.

Each says which package to install where that is missing, and warns where its version is not one that was tested.
"""

"""The shell: queries typed one after the other. The only importer of prompt_toolkit."""

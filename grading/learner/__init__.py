"""What runs in the sandbox, in the learner's process and around it. Nothing here can be trusted
once a notebook has run, and nothing here decides anything.
"""

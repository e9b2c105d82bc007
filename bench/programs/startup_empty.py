"""startup: command: -c pass"""

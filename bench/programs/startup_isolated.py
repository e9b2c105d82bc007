"""startup: command: -I -S -c pass"""

"""import: command: -c import json,re,argparse,pathlib,subprocess,logging,collections,dataclasses"""

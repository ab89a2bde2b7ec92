"""What an administrator sets up: accounts and their options, sign-ins, the app at Microsoft.

``schema`` declares every stored setting once. Every change is recorded in the
audit trail, secrets without their value. Must not know HTTP.
"""

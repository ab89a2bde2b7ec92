"""The simulated Microsoft identity platform: discovery, keys, authorize, token, consent.

Holds the rules and the machine endpoints. The pages a person sees are in
``m365sim.pages``; the records are in ``m365sim.directory``. Must not know Graph.

    authorize --> account --> password --> consent --> code --> token --> refresh ...
                     |            |           |
                     v            v           v
                  error page   words or    access_denied, or a request to the administrator
"""

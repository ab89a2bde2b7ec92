"""Microsoft Graph as a provider: sign-in, folders, messages, attachments, changes.

    mail.GraphMail            the port, for one account
      folders messages        one noun each: how to ask, what comes back
      attachments changes drafts subscriptions
      batch                   up to 20 requests in one
      client.GraphClient      one request: token, headers, limits, errors
      throttle                how many at once, and when to hold back
      wire                    Graph's JSON as typed data
    tokens.MicrosoftApp       the app registration: sign-in and refresh (MSAL)
    tokens.AccountTokens      one account's access token, always fresh

Nothing here knows the store, users or jobs. Every request asks for immutable
ids; links from the service are followed only on the service's own host.
"""

"""The web edge: cookies, JSON, redirects and the web UI's files. No rules, no SQL.

    app          routes in order, middleware around them
    guard        host check, size limit, X-Poststelle, security headers, incidents
    authn        whose request this is
    login        set-up, login, one's own settings
    admin/       the settings pages' API
    mailboxes    the assigned accounts: list, refresh, notices
    sign_in      to Microsoft and back
    jmap/        the mail API
    static       the web UI

Every handler calls one use case, which checks the rights itself.
"""

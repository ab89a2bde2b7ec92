"""Change notifications: who wants to hear of which messages, and how the telling goes.

    change in the world --> match --> endpoint, one a URL: fresh --> posted --> delivered
                                        |                    |--> refused or late: again with back-off, 4 h
                                        |                    |--> its token ran out: held, 4 h
                                        +--> being dropped   +--> after 4 h
    given up in one of these ways --> lifecycle event "missed"

The book of subscriptions is kept with the world; what waits to be told is not. All times are those of the
simulator's clock, only an answer's own time is real. Who may subscribe is decided in `graph.subscriptions`.

Source: Graph v1.0, "Receive change notifications through webhooks", "Reduce missing subscriptions".
"""

"""Writing back: local changes on their way to the provider, and mail on its way out.

    drain.Drain                 takes the oldest open change of each message, sends up to twenty in one
                                request, and confirms, retries later or takes back
    draft_writer.DraftWriter    makes drafts: draft_making is one attempt, draft_steps what it stores
    sender.Sender               sends what is due: send_steps is what it stores
    bounce_reader.BounceReader  reads the reports of failed deliveries

The queues are tables: what was in flight when the process died is sent again
and finds itself done, or, where it could not find out by itself, is looked for first.
"""

"""A plain loop of the O365 library (python-o365), which stores nothing.

Folder after folder as its manual shows it: lists, for it has no delta rounds, in pages of the size that the
server asked for last, its pause of 0.2 s between requests switched off. Of each message the subject and the
text are taken. Its rate hardly depends on how much there is to read, so it stops after ``AT_MOST`` messages.
Only ``make bench`` installs it (requirements/bench.in).
"""

import time
from itertools import islice

import requests
from O365 import Account, MSGraphProtocol
from tests.flow.sim import Simulator

from bench.bare import Downloaded, token_of

AT_MOST = 2_000
PAGE = 250


def read(simulator: Simulator, address: str) -> Downloaded:
    """Read the mailbox's folders one after the other; octets and pages are not counted."""

    class Protocol(MSGraphProtocol):
        _protocol_url = f"{simulator.login_base}/"

    facts = simulator.facts
    credentials = (str(facts["client_id"]), str(facts["client_secret"]))
    account = Account(credentials, protocol=Protocol(), requests_delay=0)
    account.con.session = requests.Session()
    account.con.session.trust_env = False  # another CA of the environment's would come before ours
    account.con.session.headers["Authorization"] = f"Bearer {token_of(simulator, address)}"
    account.con.session.verify = simulator.ca_file
    began, used = time.perf_counter(), time.process_time()
    found = (
        (message.subject, message.body)
        for folder in account.mailbox().get_folders(limit=100)
        for message in folder.get_messages(limit=AT_MOST, batch=PAGE)
    )
    messages = sum(1 for _, body in islice(found, AT_MOST) if body)
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - used
    return Downloaded(messages, 0, 0, seconds, cpu_s)

"""SearchSnippet/get: where words were found. Source: RFC 8621 §5.1."""

from typing import Any

from poststelle.http.jmap import email_filter, get
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.errors import MethodError
from poststelle.http.jmap.ids import account_text, message_number
from poststelle.http.jmap.limits import MAX_SNIPPETS
from poststelle.mail import snippets


async def search_snippet_get(call: Call, args: Args) -> dict[str, Any]:
    account = args.account()
    where = await call.understand(email_filter.parse, args.take("filter", dict, {}))
    asked = args.strings("emailIds")
    args.done()
    if asked is None:
        raise MethodError("invalidArguments", "emailIds is missing")
    asked = list(dict.fromkeys(asked))
    if len(asked) > MAX_SNIPPETS:
        raise MethodError("requestTooLarge", f"at most {MAX_SNIPPETS} emailIds at once")
    numbers = get.numbers(asked, message_number)
    user = call.caller.user_id
    found = await call.read(snippets.snippets, user, account, where, list(numbers.values()))
    passages = {i: one.passage for i, one in found.items() if one.passage is not None}
    call.context.readings.note_passages(user, account, passages)
    told = {text: found[number] for text, number in numbers.items() if number in found}
    return {
        "accountId": account_text(account),
        "list": [
            {"emailId": text, "subject": snippet.subject, "preview": snippet.preview}
            for text, snippet in told.items()
        ],
        "notFound": [text for text in asked if text not in told] or None,
    }

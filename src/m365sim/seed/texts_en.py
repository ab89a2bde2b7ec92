"""English stories: newcomers looking for a flat, tenants, buyers from abroad."""

from __future__ import annotations

from m365sim.seed.stories import Story, them, us

_HELLO = (
    "[thank you|thanks] for [getting back to me so quickly|your reply|the details].",
    "thanks a lot, that is very helpful.",
    "many thanks for your patience with my questions.",
    "",
)
_US_HELLO = (
    "thank you for your [interest in {objekt}|message|enquiry].",
    "thank you for getting in touch.",
    "many thanks for the documents.",
)

FLAT = Story(
    "flat",
    7,
    (
        "Enquiry: {art_en} at {objekt}",
        "Viewing {objekt}?",
        "Flat {objekt} (ref. {nr})",
        "Moving to {ort} – {art_en}",
        "Still available? {objekt}",
    ),
    (
        them(
            (
                "I came across your listing for the {art_en} at {objekt} and would love to see it.",
                "my company is moving me to the area and I am looking for a {art_en}.",
                "is the {art_en} on the {etage_en} at {objekt} still available?",
                "a colleague of mine lives next door and told me about your {art_en}.",
            ),
            (
                "I have a permanent contract with an engineering firm and can provide references from my "
                "landlord in [Leeds|Toronto|Dublin|Singapore].",
                "We are a couple in our thirties, no pets, non-smokers.",
                "I do not speak German yet, I hope English is all right.",
                "My German is basic, so please bear with me.",
                "I could move in any time after {tag_en}.",
            ),
            (
                "Is the kitchen included, or would I have to buy one?",
                'What does "Kaltmiete" cover exactly, and what comes on top?',
                "Would a video viewing be possible? I am abroad until {tag_en}.",
                "Do I need a credit report if I have only just arrived in the country?",
                "Are bicycles allowed in the courtyard?",
                "How far is it to the nearest S-Bahn?",
            ),
            ("You can reach me on {tel} after six.", "I look forward to hearing from you.", ""),
        ),
        us(
            _US_HELLO,
            (
                "The kitchen stays in the flat; the rent is €{kalt_en} plus service charges, €{warm_en} "
                "in total.",
                '"Kaltmiete" is the rent without heating and service charges.',
                "A credit report is not needed if your employer confirms your contract.",
                "It is an eight-minute walk to the station.",
            ),
            (
                "I can offer you a viewing on {tag_en} at {zeit_en}.",
                "How about a video call on {tag_en} at {zeit_en}?",
                "Would {tag_en} or {tag2_en} suit you better?",
            ),
            ("Please find the brochure attached.", "Do call me if anything is unclear: {tel}.", ""),
            files=("expose", "floorplan"),
            chance=0.5,
        ),
        them(
            _HELLO,
            (
                "{tag_en} at {zeit_en} works perfectly.",
                "I am afraid {tag_en} is not possible, could we do {tag2_en} instead?",
                "I will bring a friend who speaks German.",
            ),
            ("Could you send me the exact address?", "See you then!", ""),
        ),
        us(
            (
                "great, I have put you down for {tag_en}, {zeit_en}.",
                "no problem, {tag2_en} at {zeit2_en} it is.",
                "please ring the bell marked Lindner.",
            ),
            ("Please bring some form of ID.", ""),
            files=("ics",),
            chance=0.3,
        ),
        them(
            (
                "thank you for showing me round. I would like to apply for the flat.",
                "we loved the balcony and the light in the kitchen.",
                "unfortunately the second room is too small for our desks.",
                "I have attached my passport, contract and the last three payslips.",
            ),
            ("Is there anything else you need?", "When will the owner decide?"),
            files=("application",),
            chance=0.6,
        ),
        us(
            (
                "everything has arrived, I will pass it on to the owner today.",
                "the owner has decided in your favour, congratulations!",
                "the owner will decide by {tag_en}.",
            ),
            ("The deposit is €{kaution_en}, payable in three instalments.", "I will be in touch.", ""),
        ),
    ),
    (
        them(
            (
                "is there any news about the flat?",
                "one more question: may I drill holes for shelves?",
                "could I register at the address straight away?",
            )
        ),
        us(
            (
                "yes, of course.",
                "you will get the landlord's confirmation for the registration office with the keys.",
                "I hope to hear from the owner on {tag_en}.",
            )
        ),
    ),
    speaks="en",
    categories=("Vermietung",),
)

TENANT = Story(
    "tenant",
    3,
    (
        "Boiler not working, {objekt}",
        "Question about the service charge statement",
        "Noise on the {etage_en}",
        "Letterbox name",
        "Mould in the bathroom",
    ),
    (
        them(
            (
                "the boiler in our flat at {objekt} shows an error and there is no hot water.",
                'I received a letter about "Nebenkosten" and do not understand why I have to pay '
                "€{betrag2_en}.",
                "there is some mould in the corner of the bathroom, photo attached.",
                "the people above us seem to be moving furniture every night.",
                "my name is still missing from the letterbox and the postman returns my mail.",
            ),
            (
                "It has been like this for {zahl} days.",
                "Could somebody have a look this week?",
                "I work from home, so any time is fine.",
                "Sorry for writing in English again.",
            ),
            files=("damage",),
            chance=0.35,
        ),
        us(
            (
                "I am sorry to hear that, a plumber will come on {tag_en} at {zeit_en}.",
                "your statement covers heating, water, caretaker and lift; I have attached a short "
                "explanation.",
                "the caretaker will fix the name plate on {tag_en}.",
            ),
            ("Please let me know whether that works.", ""),
            files=("statement",),
            chance=0.35,
        ),
        them(
            (
                "all fixed, thank you so much!",
                "nobody came, I am afraid.",
                "thanks, now I understand.",
                "that works, I will be in.",
            )
        ),
    ),
    speaks="en",
    urgency=0.12,
)

BUYER = Story(
    "buyer",
    2,
    (
        "Buying from abroad: {objekt}",
        "{art_en} {objekt}: asking price",
        "Floor plan and energy certificate, ref. {nr}",
    ),
    (
        them(
            (
                "we live in [Canada|Ireland|the Netherlands|Australia] and are thinking of buying the "
                "{art_en} at {objekt}.",
                "is the asking price of €{preis_en} negotiable?",
                "could you explain the additional costs of buying in Germany?",
            ),
            (
                "Would you recommend a lawyer who speaks English?",
                "Can the notary appointment take place by proxy?",
                "Is the flat let at the moment?",
            ),
            ("We could fly in on {tag_en}.", "A long video tour would be wonderful.", ""),
        ),
        us(
            _US_HELLO,
            (
                "Besides the price you should plan for transfer tax, notary and land register, about ten "
                "per cent in all.",
                "The owners have not moved on the price so far.",
                "A sworn interpreter can attend the appointment; the notary will arrange it.",
            ),
            ("I have attached the plans.", "Shall we speak on {tag_en} at {zeit_en}?"),
            files=("expose", "floorplan", "dossier"),
            chance=0.6,
        ),
        them(
            _HELLO,
            (
                "Let us speak on {tag_en} then.",
                "Our bank needs a valuation, is there one?",
                "We will sleep on it and come back to you.",
            ),
        ),
    ),
    speaks="en",
    categories=("Verkauf",),
)

ENGLISH = (FLAT, TENANT, BUYER)

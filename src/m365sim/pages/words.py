"""Every text of the sign-in pages, in German and English, and the choice of the language."""

from __future__ import annotations

from typing import Literal

from m365sim.pages.office.words import OFFICE_WORDS

Language = Literal["de", "en"]

WORDS: dict[str, tuple[str, str]] = {
    "banner": ("Simulation – nicht Microsoft", "Simulation – not Microsoft"),
    "brand": ("Simuliertes Microsoft 365", "Simulated Microsoft 365"),
    "sign_in": ("Anmelden", "Sign in"),
    "account_label": ("E-Mail-Adresse", "Email address"),
    "to_continue": ("um mit {app} fortzufahren", "to continue to {app}"),
    "next": ("Weiter", "Next"),
    "back": ("Zurück", "Back"),
    "cancel": ("Abbrechen", "Cancel"),
    "pick_title": ("Konto auswählen", "Pick an account"),
    "signed_in": ("Angemeldet", "Signed in"),
    "signed_out_account": ("Nicht angemeldet", "Not signed in"),
    "other_account": ("Anderes Konto verwenden", "Use another account"),
    "password_title": ("Kennwort eingeben", "Enter password"),
    "password_label": ("Kennwort", "Password"),
    "demo_hint": (
        "Die Kennwörter der Vorführung stehen auf der {link}.",
        "The passwords of this demonstration are on the {link}.",
    ),
    "admin_page": ("Übersichtsseite", "overview page"),
    "e50034": (
        "Wir konnten kein Konto mit diesem Benutzernamen finden. Prüfen Sie die Schreibweise.",
        "We couldn't find an account with that username. Check the spelling.",
    ),
    "e50126": (
        "Ihr Konto oder Kennwort ist falsch. Wenn Sie Ihr Kennwort nicht mehr wissen, setzen Sie es zurück.",
        "Your account or password is incorrect. If you don't remember your password, reset it.",
    ),
    "e50053": (
        "Ihr Konto ist vorübergehend gesperrt, um unbefugte Nutzung zu verhindern. "
        "Versuchen Sie es in einer Minute noch einmal.",
        "Your account is temporarily locked to prevent unauthorized use. Try again in a minute.",
    ),
    "e50057": (
        "Ihr Konto ist deaktiviert. Wenden Sie sich an Ihren Administrator.",
        "Your account has been disabled. Contact your administrator.",
    ),
    "empty_account": ("Geben Sie eine E-Mail-Adresse ein.", "Enter an email address."),
    "passwordless": (
        "Stattdessen ohne Kennwort mit dem Telefon anmelden",
        "Sign in without a password, with your phone, instead",
    ),
    "mfa_title": ("Anmeldeanforderung genehmigen", "Approve sign in request"),
    "mfa_text": (
        "Wir haben eine Anforderung an die Authenticator-App auf Ihrem Telefon gesendet. "
        "Geben Sie dort die angezeigte Zahl ein.",
        "We have sent a request to the authenticator app on your phone. Enter the number shown there.",
    ),
    "mfa_simulated": (
        "Dieses Telefon ist simuliert: Antworten Sie hier.",
        "This phone is simulated: answer here.",
    ),
    "mfa_approve": ("Genehmigen", "Approve"),
    "mfa_deny": ("Ablehnen", "Deny"),
    "e500121": (
        "Die Anforderung wurde abgelehnt. Wir haben eine neue gesendet.",
        "The request was denied. We have sent a new one.",
    ),
    "register_title": ("Weitere Informationen erforderlich", "More information required"),
    "register_text": (
        "Ihre Organisation verlangt zum Schutz Ihres Kontos ein zweites Merkmal.",
        "Your organization needs a second factor to keep your account secure.",
    ),
    "register_simulated": (
        "Das simulierte Telefon wird mit einem Klick eingerichtet.",
        "The simulated phone is set up with one click.",
    ),
    "register_button": ("Telefon einrichten", "Set up phone"),
    "change_title": ("Kennwort aktualisieren", "Update your password"),
    "change_text": (
        "Sie müssen Ihr Kennwort aktualisieren, weil es abgelaufen ist.",
        "You need to update your password because it has expired.",
    ),
    "change_current": ("Aktuelles Kennwort", "Current password"),
    "change_new": ("Neues Kennwort", "New password"),
    "change_again": ("Kennwort bestätigen", "Confirm password"),
    "change_wrong": ("Das aktuelle Kennwort ist falsch.", "The current password is incorrect."),
    "change_unlike": ("Die Kennwörter stimmen nicht überein.", "The passwords do not match."),
    "change_weak": (
        "Wählen Sie ein anderes Kennwort mit mindestens acht Zeichen.",
        "Choose a different password of at least eight characters.",
    ),
    "code_title": ("Code eingeben", "Enter code to allow access"),
    "code_text": (
        "Wenn Sie den Code eingeben, erlauben Sie dem Gerät oder Programm, das ihn zeigt, sich mit Ihrem "
        "Konto anzumelden. Geben Sie keine Codes aus Quellen ein, denen Sie nicht vertrauen.",
        "Entering the code lets the device or program that shows it sign in with your account. Do not enter "
        "codes from sources you don't trust.",
    ),
    "code_label": ("Code", "Code"),
    "code_wrong": (
        "Dieser Code hat nicht funktioniert. Prüfen Sie ihn und versuchen Sie es erneut.",
        "That code didn't work. Check the code and try again.",
    ),
    "confirm_title": ("Möchten Sie sich bei {app} anmelden?", "Are you trying to sign in to {app}?"),
    "confirm_text": (
        "Fahren Sie nur fort, wenn Sie das Programm selbst gestartet haben.",
        "Only continue if you have started the program yourself.",
    ),
    "device_approved": ("Sie sind angemeldet", "You have signed in"),
    "device_declined": ("Die Anmeldung wurde abgebrochen", "The sign-in was cancelled"),
    "device_done_text": (
        "Sie haben sich auf Ihrem Gerät bei {app} angemeldet. Sie können dieses Fenster schließen.",
        "You have signed in to {app} on your device. You can close this window.",
    ),
    "device_declined_text": (
        "{app} wurde nicht angemeldet. Sie können dieses Fenster schließen.",
        "{app} was not signed in. You can close this window.",
    ),
    "device_message": (
        "Öffnen Sie zum Anmelden in einem Webbrowser die Seite {uri}, und geben Sie den Code {code} ein.",
        "To sign in, use a web browser to open the page {uri} and enter the code {code} to authenticate.",
    ),
    "consent_title": ("Angeforderte Berechtigungen", "Permissions requested"),
    "consent_review": ("Für Ihre Organisation prüfen", "Review for your organization"),
    "unverified": ("nicht überprüft", "unverified"),
    "app_wants": ("Diese App möchte:", "This app would like to:"),
    "consent_means": (
        "Mit der Zustimmung erlauben Sie dieser App, Ihre Daten wie oben beschrieben zu verwenden. "
        "Sie können die Zustimmung jederzeit in Ihrem Konto widerrufen.",
        "Accepting means that you allow this app to use your data as described above. "
        "You can withdraw these permissions at any time in your account.",
    ),
    "for_tenant": ("Zustimmung im Namen Ihrer Organisation", "Consent on behalf of your organization"),
    "for_tenant_help": (
        "Niemand sonst in der Organisation wird dann noch gefragt.",
        "Nobody else in the organization will be asked again.",
    ),
    "admin_consent_means": (
        "Mit der Zustimmung erhält die App diese Rechte für alle Personen der Organisation {tenant}.",
        "Accepting gives the app these permissions for everybody in the organization {tenant}.",
    ),
    "accept": ("Akzeptieren", "Accept"),
    "approval_title": ("Administratorgenehmigung erforderlich", "Need admin approval"),
    "approval_text": (
        "{app} benötigt Berechtigungen für Ressourcen Ihrer Organisation, die nur ein Administrator "
        "erteilen kann. Bitten Sie einen Administrator, diese App zu genehmigen, bevor Sie sie verwenden.",
        "{app} needs permission to access resources in your organization that only an admin can grant. "
        "Ask an admin to grant permission to this app before you can use it.",
    ),
    "have_admin": (
        "Sie haben ein Administratorkonto? Mit diesem Konto anmelden",
        "Have an admin account? Sign in with that account",
    ),
    "leave": (
        "Ohne Zustimmung zur Anwendung zurückkehren",
        "Return to the application without granting consent",
    ),
    "request_title": ("Genehmigung erforderlich", "Approval required"),
    "request_text": (
        "Für diese App ist die Genehmigung Ihres Administrators erforderlich. Diese App möchte:",
        "This app requires your admin's approval to:",
    ),
    "justification": ("Begründung für die Anforderung dieser App", "Justification for requesting this app"),
    "request_send": ("Genehmigung anfordern", "Request approval"),
    "empty_justification": ("Geben Sie eine Begründung ein.", "Enter a justification."),
    "sent_title": ("Anforderung gesendet", "Request sent"),
    "sent_text": (
        "Ihr Administrator hat die Anforderung erhalten. Sie werden benachrichtigt, "
        "sobald er entschieden hat.",
        "Your admin has received the request. You will be told when a decision has been made.",
    ),
    "back_to_app": ("Zurück zur App", "Back to app"),
    "error_title": ("Es gibt ein Problem", "Sorry, but we're having trouble signing you in."),
    "details": ("Details zur Problembehandlung", "Troubleshooting details"),
    "details_help": (
        "Geben Sie diese Angaben Ihrem Administrator.",
        "Give these details to your administrator.",
    ),
    "expired_title": ("Diese Anmeldung ist abgelaufen", "This sign-in has expired"),
    "expired_text": (
        "Gehen Sie zur Anwendung zurück und beginnen Sie die Anmeldung neu.",
        "Go back to the application and start the sign-in again.",
    ),
    "working": ("Sie werden zur Anwendung zurückgeleitet …", "Taking you back to the application …"),
    "continue": ("Fortfahren", "Continue"),
    "out_title": ("Sie haben sich abgemeldet", "You signed out of your account"),
    "out_text": ("Sie können dieses Fenster schließen.", "You can close this window."),
    "h.title": ("Das simulierte Büro", "The simulated office"),
    "h.text": (
        "Alles auf dieser Seite ist erfunden. Programme sprechen mit {base}.",
        "Everything on this page is invented. Programs talk to {base}.",
    ),
    "h.receive": ("Neue Nachricht zustellen", "Deliver a new message"),
    "h.mailbox": ("Postfach", "Mailbox"),
    "h.from": ("Absender", "From"),
    "h.subject": ("Betreff", "Subject"),
    "h.message": ("Nachricht", "Message"),
    "h.deliver": ("Zustellen", "Deliver"),
    "h.sample_subject": ("Anfrage zur Besichtigung", "Request for a viewing"),
    "h.sample_body": (
        "Guten Tag,\n\nkönnten wir die Wohnung am Donnerstag ansehen?\n\nMit freundlichen Grüßen",
        "Hello,\n\ncould we see the flat on Thursday?\n\nKind regards",
    ),
    "h.approvals": ("Anforderungen zur Genehmigung", "Requests for approval"),
    "h.no_approvals": ("Es liegt keine Anforderung vor.", "There are no requests."),
    "h.approve": ("Genehmigen", "Approve"),
    "h.deny": ("Ablehnen", "Deny"),
    "h.pending": ("offen", "pending"),
    "h.approved": ("genehmigt", "approved"),
    "h.denied": ("abgelehnt", "denied"),
    "h.tenants": ("Organisationen", "Tenants"),
    "h.name": ("Name", "Name"),
    "h.domain": ("Domäne", "Domain"),
    "h.policy": ("Zustimmung durch Benutzer", "Consent by users"),
    "h.users_may_consent": ("erlaubt", "allowed"),
    "h.mail_restricted": ("erlaubt, aber keine E-Mails", "allowed, but not for mail"),
    "h.admin_only": ("nur Administratoren", "administrators only"),
    "h.approval_workflow": ("auf Antrag beim Administrator", "by request to the administrator"),
    "h.users": ("Benutzer", "Users"),
    "h.account": ("Konto", "Account"),
    "h.password": ("Kennwort", "Password"),
    "h.no_sign_in": ("keine Anmeldung", "no sign-in"),
    "h.kind": ("Art", "Kind"),
    "h.administrator": ("Administrator", "Administrator"),
    "h.personal": ("persönlich", "personal"),
    "h.disabled": ("deaktiviert", "disabled"),
    "h.mailboxes": ("Postfächer", "Mailboxes"),
    "h.folders": ("Ordner", "Folders"),
    "h.messages": ("Nachrichten", "Messages"),
    "h.unread": ("Ungelesen", "Unread"),
    "h.apps": ("App-Registrierungen", "App registrations"),
    "h.client_id": ("Client-ID", "Client ID"),
    "h.secret": ("Geheimnis", "Secret"),
    "h.ends": ("gültig bis", "valid until"),
    "h.redirects": ("Umleitungsadressen", "Redirect addresses"),
    "h.no_calls": ("Noch hat kein Programm etwas abgerufen.", "No program has asked for anything yet."),
    "h.status": ("Status", "Status"),
    "h.app": ("App", "App"),
    "h.change": ("Ändern", "Change"),
    "h.sign_ins": ("Anmeldungen von Apps", "Sign-ins of apps"),
    "h.revoke": ("Widerrufen", "Revoke"),
    "h.why": ("Begründung", "Justification"),
    "h.state": ("Stand", "State"),
    "p.openid": ("Sie anmelden", "Sign you in"),
    "p.profile": ("Ihr Profil anzeigen", "View your basic profile"),
    "p.email": ("Ihre E-Mail-Adresse anzeigen", "View your email address"),
    "p.offline_access": (
        "Zugriff auf Daten beibehalten, für die Sie Zugriff erteilt haben",
        "Maintain access to data you have given it access to",
    ),
    "p.user.read": ("Sie anmelden und Ihr Profil lesen", "Sign you in and read your profile"),
    "p.user.read.all": ("Die Profile aller Benutzer lesen", "Read all users' full profiles"),
    "p.mail.readbasic": (
        "Kopfdaten Ihrer E-Mails lesen, nicht den Text",
        "Read the basic facts of your mail, not its text",
    ),
    "p.mail.read": ("Ihre E-Mails lesen", "Read your mail"),
    "p.mail.readwrite": ("Ihre E-Mails lesen und schreiben", "Read and write access to your mail"),
    "p.mail.send": ("E-Mails in Ihrem Namen senden", "Send mail as you"),
    "p.mail.read.shared": (
        "E-Mails lesen, auf die Sie Zugriff haben",
        "Read mail you can access",
    ),
    "p.mail.readwrite.shared": (
        "E-Mails lesen und schreiben, auf die Sie Zugriff haben",
        "Read and write mail you can access",
    ),
    "p.mail.send.shared": (
        "E-Mails in Ihrem Namen oder im Namen anderer senden",
        "Send mail on behalf of others or yourself",
    ),
    "p.mailboxsettings.read": ("Ihre Postfacheinstellungen lesen", "Read your mailbox settings"),
    "p.mailboxsettings.readwrite": (
        "Ihre Postfacheinstellungen lesen und ändern",
        "Read and write your mailbox settings",
    ),
    "p.mailtips.readbasic.shared": (
        "Hinweise zu Empfängern lesen (E-Mail-Infos)",
        "Read mail tips of recipients",
    ),
    "p.mail-advanced.readwrite": (
        "Geschützte Eigenschaften Ihrer E-Mails ändern",
        "Change protected properties of your mail",
    ),
    "p.mail-advanced.readwrite.shared": (
        "Geschützte Eigenschaften von E-Mails ändern, auf die Sie Zugriff haben",
        "Change protected properties of mail you can access",
    ),
    "p.user.readwrite": ("Ihr Profil lesen und ändern", "Read and update your profile"),
    "p.user.readbasic.all": ("Die Grundprofile aller Benutzer lesen", "Read all users' basic profiles"),
    "p.mail.readbasic.shared": (
        "Kopfdaten von E-Mails lesen, auf die Sie Zugriff haben",
        "Read the basic facts of mail you can access",
    ),
    "p.mailboxfolder.read": ("Die Ordner Ihres Postfachs lesen", "Read your mailbox folders"),
    "p.mailboxfolder.readwrite": (
        "Die Ordner Ihres Postfachs lesen und ändern",
        "Read and write your mailbox folders",
    ),
    "p.mailboxitem.read": ("Die Elemente Ihres Postfachs lesen", "Read your mailbox items"),
    "a.mail.readbasic": (
        "Kopfdaten der E-Mails aller Postfächer lesen",
        "Read the basic facts of mail in all mailboxes",
    ),
    "a.mail.readbasic.all": (
        "Kopfdaten der E-Mails aller Postfächer lesen",
        "Read the basic facts of mail in all mailboxes",
    ),
    "a.mail.read": ("E-Mails in allen Postfächern lesen", "Read mail in all mailboxes"),
    "a.mail.readwrite": (
        "E-Mails in allen Postfächern lesen und schreiben",
        "Read and write mail in all mailboxes",
    ),
    "a.mail.send": ("E-Mails als jeder Benutzer senden", "Send mail as any user"),
    "a.mail-advanced.readwrite.all": (
        "Geschützte Eigenschaften von E-Mails in allen Postfächern ändern",
        "Change protected properties of mail in all mailboxes",
    ),
    "a.mailboxsettings.read": (
        "Einstellungen aller Postfächer lesen",
        "Read all users' mailbox settings",
    ),
    "a.mailboxsettings.readwrite": (
        "Einstellungen aller Postfächer lesen und ändern",
        "Read and write all users' mailbox settings",
    ),
    "a.mailboxfolder.read.all": ("Die Ordner aller Postfächer lesen", "Read folders of all mailboxes"),
    "a.mailboxfolder.readwrite.all": (
        "Die Ordner aller Postfächer lesen und ändern",
        "Read and write folders of all mailboxes",
    ),
    "a.mailboxitem.read.all": ("Die Elemente aller Postfächer lesen", "Read items of all mailboxes"),
    "a.user.read.all": ("Die Profile aller Benutzer lesen", "Read all users' full profiles"),
    "a.user.readbasic.all": ("Die Grundprofile aller Benutzer lesen", "Read all users' basic profiles"),
    "a.user.readwrite.all": (
        "Die Profile aller Benutzer lesen und ändern",
        "Read and write all users' full profiles",
    ),
    **OFFICE_WORDS,
}


def text(language: Language, key: str, **values: str) -> str:
    """One text in one language, with its places filled."""
    german, english = WORDS[key]
    return (german if language == "de" else english).format(**values)


def device_message(wanted: str | None, accept_language: str | None) -> str:
    """The sentence for a device to show, in the language of ``mkt``; places for ``{uri}`` and ``{code}``."""
    german, english = WORDS["device_message"]
    return german if choose_language(wanted, accept_language) == "de" else english


def choose_language(wanted: str | None, accept_language: str | None) -> Language:
    """German or English: what the request asks for (``ui_locales`` or ``mkt``), else the browser's wish.

    Source: OpenID Connect Core 1.0 §3.1.2.1 (ui_locales); RFC 9110 §12.5.4.
    """
    for tag in (wanted or "").split():
        if language := _supported(tag):
            return language
    for tag in _by_quality(accept_language or ""):
        if language := _supported(tag):
            return language
    return "en"


def _supported(tag: str) -> Language | None:
    match tag.lower().split("-")[0]:
        case "de":
            return "de"
        case "en":
            return "en"
        case _:
            return None


def _by_quality(header: str) -> list[str]:
    weighted: list[tuple[float, str]] = []
    for part in header.split(","):
        tag, _, parameter = part.strip().partition(";")
        try:
            quality = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        if tag and quality > 0:
            weighted.append((quality, tag))
    return [tag for _, tag in sorted(weighted, key=lambda pair: -pair[0])]

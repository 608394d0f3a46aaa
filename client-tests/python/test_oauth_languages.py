"""The pages in the languages that they speak, and what they do about others."""

import html

import pytest

from domain import PASSWORD

WORDS = {
    "en": ("Sign in", "Username", "Password", "Incorrect username or password."),
    "de": ("Anmelden", "Benutzername", "Passwort", "Benutzername oder Passwort ist falsch."),
    "es": ("Iniciar sesión", "Nombre de usuario", "Contraseña", "Nombre de usuario o contraseña incorrectos."),
    "fr": (
        "Se connecter", "Nom d’utilisateur", "Mot de passe", "Nom d’utilisateur ou mot de passe incorrect.",
    ),
    "ja": ("サインイン", "ユーザー名", "パスワード", "ユーザー名またはパスワードが正しくありません。"),
}  # fmt: skip


@pytest.fixture
def app(oauth_app):
    made = oauth_app()
    made.add_user(email="alice@example.com", email_verified="true")
    return made


@pytest.mark.parametrize("language", WORDS)
def test_a_page_is_in_the_language_that_was_asked_for(app, language):
    sign_in, username, password, wrong = WORDS[language]
    browser = app.browser()
    page = browser.get("/login", **app.query(lang=language))
    assert f'<html lang="{language}">' in page.text and f"<title>{sign_in}</title>" in page.text
    assert f">{username}</label>" in page.text and f">{password}</label>" in page.text
    # The names of the fields are for scripts, and in no language.
    assert page.form.fields["signInSubmitButton"] == sign_in
    answer = browser.submit(page, username="alice", password="wrong")
    assert html.unescape(answer.error) == wrong and f'<html lang="{language}">' in answer.text
    assert "code" in browser.submit(answer, username="alice", password=PASSWORD).query


@pytest.mark.parametrize(
    ("attributes", "language", "label", "heading"),
    [
        (["email"], "en", "Email", "Sign in with your email and password"),
        (["phone_number"], "en", "Phone number", "Sign in with your phone number and password"),
        (
            ["email", "phone_number"], "en", "Email or phone number",
            "Sign in with your email or phone number and password",
        ),
        (["email"], "de", "E-Mail", "Mit E-Mail und Passwort anmelden"),
    ],
)  # fmt: skip
def test_a_page_says_what_its_users_are_called_by(oauth_app, attributes, language, label, heading):
    app = oauth_app(pool={"UsernameAttributes": attributes})
    page = app.browser().get("/login", **app.query(lang=language))
    assert f">{label}</label>" in page.text and heading in page.text


def test_a_language_lasts_in_the_browser_until_another_is_asked_for(app):
    browser = app.browser()
    browser.get("/oauth2/authorize", **app.query(lang="fr"))
    assert '<html lang="fr">' in browser.get("/login", **app.query()).text
    assert '<html lang="ja">' in browser.get("/login", **app.query(lang="ja")).text
    assert '<html lang="ja">' in browser.get("/login", **app.query()).text
    assert '<html lang="ja">' in browser.get("/login", **app.query(lang="tlh")).text
    # The language of a page is that of its words.
    korean = browser.get("/login", **app.query(lang="ko"))
    assert '<html lang="en">' in korean.text and ">Username</label>" in korean.text
    assert browser.cookies["lang"] == '"ko"'


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", "Das Passwort entspricht nicht den Regeln: Das Passwort ist zu kurz"),
        ("en", "Password does not conform to policy: Password not long enough"),
        ("pt-BR", "Password does not conform to policy: Password not long enough"),
    ],
)
def test_a_refusal_is_told_whole(app, language, words):
    app.add_user("bob", "Temp0rary!", permanent=False)
    browser = app.browser()
    page = app.sign_in(browser, "bob", "Temp0rary!", lang=language)
    answer = browser.submit(page, new_password="Sh0rt!", confirm_password="Sh0rt!")
    assert html.unescape(answer.error) == words


def test_labels_of_attributes_are_translated_and_those_of_the_pool_stay(oauth_app):
    app = oauth_app(
        pool={
            "Schema": [
                {"Name": "family_name", "AttributeDataType": "String", "Required": True, "Mutable": True},
                {"Name": "birthdate", "AttributeDataType": "String", "Required": True, "Mutable": True},
            ]
        }
    )
    app.add_user("bob", "Temp0rary!", permanent=False)
    page = app.sign_in(username="bob", password="Temp0rary!", lang="es")
    assert '<label for="required_family_name" class="label-customizable">Apellidos</label>' in page.text
    assert '<label for="required_birthdate" class="label-customizable">Fecha de nacimiento</label>' in page.text
    assert 'name="requiredAttributes[birthdate]" type="date"' in page.text


def test_errors_are_translated_and_what_was_sent_is_escaped(app):
    browser = app.browser()
    page = browser.get("/error", error='<script>"', client_id="x", lang="de")
    assert html.unescape(page.error) == "Bei der angeforderten Seite ist ein Fehler aufgetreten."
    assert "<script>" not in page.text
    page = browser.get("/login", lang="fr")
    assert html.unescape(page.error) == "Le paramètre obligatoire « client_id » est absent"


def test_a_link_of_a_message_may_ask_for_a_language(app):
    page = app.browser().get("/confirmUser", client_id="x", user_name="y", confirmation_code="1", lang="ja")
    assert page.status == 400 and '<html lang="ja">' in page.text and "<title>未確認</title>" in page.text

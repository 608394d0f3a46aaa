"""The two looks of the pages: the classic hosted UI with its CSS and logo, and managed login with its styles."""

import re

import pytest

from domain import CALLBACK, PASSWORD

PNG = b"\x89PNG\r\n\x1a\nrest"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
CSS = ".submitButton-customizable { background-color: #102030; }"
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"
)


@pytest.fixture
def app(oauth_app):
    """Of a domain with the classic hosted UI."""
    return oauth_app()


@pytest.fixture
def managed(oauth_app):
    app = oauth_app(domain=False)
    app.idp.create_user_pool_domain(UserPoolId=app.pool_id, Domain=app.prefix, ManagedLoginVersion=2)
    app.add_user()
    return app


def login(app, on_domain=True, **query):
    return app.browser(on_domain).get("/login", **app.query(**query))


def style_of(page):
    assert page.text.count("<style>") == page.text.count("</style>") == 1
    assert page.headers["content-security-policy"] == POLICY
    return page.text.split("<style>")[1].split("</style>")[0]


def own_style_of(page):
    """What comes after the rules that every page has."""
    return style_of(page).partition(":root{")[2]


def asset(category, mode="LIGHT", extension="PNG", content=PNG):
    return {"Category": category, "ColorMode": mode, "Extension": extension, "Bytes": content}


# ---- The classic hosted UI ----


def test_css_of_a_client_or_of_all(app):
    assert "#102030" not in style_of(login(app))
    app.idp.set_ui_customization(UserPoolId=app.pool_id, CSS=CSS)
    for on_domain in (True, False):
        page = login(app, on_domain)
        assert style_of(page).endswith(CSS) and '<body class="classic">' in page.text
    own = ".label-customizable { font-weight: 400; }"
    app.idp.set_ui_customization(UserPoolId=app.pool_id, ClientId=app.client_id, CSS=own)
    style = style_of(login(app))
    assert style.endswith(own) and "#102030" not in style
    app.idp.set_ui_customization(UserPoolId=app.pool_id, ClientId=app.client_id)
    assert style_of(login(app)).endswith(CSS)


def test_the_classes_that_css_may_name_are_on_the_page(app):
    app.idp.set_ui_customization(UserPoolId=app.pool_id, ImageFile=PNG)
    page = app.sign_in(password="wrong")
    names = "background banner logo textDescription label inputField submitButton errorMessage redirect"
    for name in names.split():
        assert re.search(rf'class="([^"]* )?{name}-customizable[ "]', page.text), name


def test_the_logo_is_shown_and_served(app):
    assert "<img" not in login(app).text
    app.idp.set_ui_customization(UserPoolId=app.pool_id, ImageFile=PNG)
    page = login(app)
    found = re.search(r'<img class="logo-customizable" src="([^"]+)" alt="">', page.text)
    assert found and found[1].startswith(f"/{app.pool_id}/ALL/")
    status, headers, body = app.browser(on_domain=True).bytes(found[1])
    assert (status, headers["content-type"], body) == (200, "image/png", PNG)


@pytest.mark.parametrize(
    "evil",
    [
        ".label-customizable { color: red } </style><script>alert(1)</script> .logo-customizable {}",
        ".label-customizable { content: '</style><script>alert(1)</script>' }",
        ".label-customizable { content: '<!--' }",
    ],
)
def test_css_does_not_leave_its_element(app, evil):
    try:
        app.idp.set_ui_customization(UserPoolId=app.pool_id, CSS=evil)
    except app.idp.exceptions.InvalidParameterException:
        return
    page = login(app)
    assert "<script>" not in page.text and "<!--" not in page.text
    assert "<" not in style_of(page)


# ---- Managed login ----


def test_a_client_without_a_style_has_no_pages(managed):
    browser = managed.browser(on_domain=True)
    answer = browser.get("/oauth2/authorize", **managed.query())
    assert answer.status == 302 and answer.location.startswith(f"{browser.base}/login?")
    for path in ("/login", "/signup", "/forgotPassword"):
        for asked in (browser, managed.browser()):
            page = asked.get(path, **managed.query())
            assert page.status == 403, path
            assert "<h1>Login pages unavailable</h1>" in page.text
            assert "<p>Please contact an administrator.</p>" in page.text
            assert "<form" not in page.text
    answer = browser.post(f"/login?client_id={managed.client_id}&response_type=code&redirect_uri={CALLBACK}", {
        "_csrf": browser.cookies["XSRF-TOKEN"], "username": "alice", "password": PASSWORD,
    })  # fmt: skip
    assert answer.status == 403 and "cognito" not in browser.cookies
    managed.add_style()
    assert login(managed).status == 200
    assert "code" in managed.sign_in(managed.browser(on_domain=True)).query


def test_without_a_style_the_page_is_told_in_its_language(managed):
    page = login(managed, lang="es")
    assert page.status == 403 and "<h1>Páginas de inicio de sesión no disponibles</h1>" in page.text


def test_managed_login_has_its_own_heading_and_no_classic_css(managed):
    managed.add_style()
    managed.idp.set_ui_customization(UserPoolId=managed.pool_id, CSS=CSS)
    page = login(managed)
    assert '<body class="managed">' in page.text and "#102030" not in style_of(page)
    assert re.search(r"<h1[^>]*>\s*Sign in\s*</h1>", page.text)


def test_settings_become_colours_and_corners(managed):
    style = managed.add_style(
        {
            "categories": {"form": {"location": {"horizontal": "START", "vertical": "END"}}},
            "components": {
                "pageBackground": {"lightMode": {"color": "112233ff"}, "darkMode": {"color": "000001ff"}},
                "primaryButton": {"lightMode": {"defaults": {"backgroundColor": "ffb700ff"}}},
                "form": {"borderRadius": 3.0},
            },
            "componentClasses": {"buttons": {"borderRadius": 0.0}},
        }
    )
    css = own_style_of(login(managed))
    for name in (
        "--page:#112233ff;", "--button:#ffb700ff;", "--round-form:3px;", "--round-button:0px;", "--across:start;",
        "--down:end;",
    ):  # fmt: skip
        assert name in css, name
    # AWS's values for what is not set.
    assert "--label:#000716ff;" in css and "000001" not in css and "@media" not in css
    managed.idp.update_managed_login_branding(
        UserPoolId=managed.pool_id, ManagedLoginBrandingId=style,
        Settings={"categories": {"global": {"colorSchemeMode": "DYNAMIC"}}},
    )  # fmt: skip
    light, dark = own_style_of(login(managed)).split("@media(prefers-color-scheme:dark)")
    assert "--page:#112233ff;" in light and "--page:#000001ff;" in dark
    managed.idp.update_managed_login_branding(
        UserPoolId=managed.pool_id, ManagedLoginBrandingId=style, UseCognitoProvidedValues=True
    )
    css = own_style_of(login(managed))
    assert "--page:#ffffffff;" in css and "@media" not in css


def test_styles_are_of_one_client(managed):
    managed.add_style({"components": {"pageBackground": {"lightMode": {"color": "112233ff"}}}})
    other = type(managed)(managed.idp, managed.server, pool_id=managed.pool_id)
    other.prefix = managed.prefix
    assert login(other).status == 403
    other.add_style()
    assert "112233" not in style_of(login(other)) and "112233" in style_of(login(managed))


@pytest.mark.parametrize("evil", ["red;}", "</style><script>", "url(//evil.example)", "12345", 7, None, [], {}])
def test_settings_do_not_leave_their_place(managed, evil):
    managed.add_style(
        {
            "categories": {"global": {"colorSchemeMode": evil, "pageHeader": {"enabled": evil}}},
            "components": {
                "pageBackground": {"lightMode": {"color": evil}}, "form": {"borderRadius": evil, "logo": evil},
            },
            "unknown": {"</style>": evil},
        }
    )  # fmt: skip
    page = login(managed)
    assert page.status == 200 and "<script>" not in page.text and "evil.example" not in page.text
    assert "<" not in style_of(page) and "--page:" not in own_style_of(page)


def test_images_are_shown_and_served(managed):
    style = managed.add_style(
        {
            "categories": {"global": {"colorSchemeMode": "DYNAMIC", "pageHeader": {"enabled": True}}},
            "components": {
                "form": {"logo": {"enabled": True}},
                "pageHeader": {"logo": {"enabled": True, "location": "END"}},
            },
        },
        [
            asset("FORM_LOGO"), asset("FORM_LOGO", "DARK"), asset("PAGE_HEADER_LOGO", "DYNAMIC", "SVG", SVG),
            asset("PAGE_BACKGROUND", "LIGHT", "WEBP", b"webp"), asset("PAGE_FOOTER_LOGO"),
            asset("FAVICON_ICO", "DYNAMIC", "ICO", b"icon"),
        ],
    )  # fmt: skip
    page = login(managed)
    css = own_style_of(page)
    place = rf"/{managed.pool_id}/{style}/\d+/assets/images/"
    found = re.search(rf"--page-image:url\(({place}PAGE_BACKGROUND-LIGHT\.webp)\);", css)
    assert found and "--header-side:end;" in css
    logo = re.search(
        rf'srcset="{place}FORM_LOGO-DARK\.png">\s*<img class="logo-customizable" src="({place}FORM_LOGO-LIGHT\.png)" alt=""', page.text
    )
    assert logo
    icon = re.search(rf'<link rel="icon" href="({place}FAVICON_ICO-DYNAMIC\.ico)">', page.text)
    header = re.search(rf'<header>.*src="({place}PAGE_HEADER_LOGO-DYNAMIC\.svg)"', page.text, re.DOTALL)
    assert "PAGE_FOOTER_LOGO" not in page.text and "<footer>" not in page.text
    browser = managed.browser(on_domain=True)
    for address, media_type, content in (
        (found[1], "image/webp", b"webp"), (logo[1], "image/png", None), (icon[1], "image/x-icon", b"icon"),
        (header[1], "image/svg+xml", SVG),
    ):  # fmt: skip
        status, headers, body = browser.bytes(address)
        assert status == 200 and headers["content-type"] == media_type
        assert headers["x-content-type-options"] == "nosniff"
        # A drawing with a script, opened by itself.
        assert headers["content-security-policy"].endswith("; sandbox")
        assert body == (content or PNG)
    for gone in (found[1].replace("LIGHT", "DARK"), re.sub(r"/\d+/assets", "/0/assets", found[1]), found[1] + "x"):
        assert browser.bytes(gone)[0] == 404, gone


def test_pages_are_for_everybody(managed):
    """One heading, a main part, and a label for each field, on either look."""
    managed.add_style()
    for path in ("/login", "/signup", "/forgotPassword"):
        text = managed.browser(on_domain=True).get(path, **managed.query()).text
        assert text.count("<h1") == text.count("<main") == 1, path
        labelled = set(re.findall(r'<label for="([^"]+)"', text))
        fields = re.findall(r"<input (?![^>]*type=.(?:hidden|submit))[^>]*>", text)
        ids = {re.search(r'id="([^"]+)"', it)[1] for it in fields}
        assert ids and ids == labelled, path

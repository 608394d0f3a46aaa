"""What login pages look like and link to: UI customization, managed login branding, terms."""

import urllib.error
import urllib.request

import pytest

from expect import UUID, body, refused, undated

INVALID = "InvalidParameterException"
MISSING = "ResourceNotFoundException"
PNG = b"\x89PNG\r\n\x1a\nrest"
CSS = ".logo-customizable { max-width: 60%; }"
NOWHERE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def domain(idp, pool, account):
    idp.create_user_pool_domain(UserPoolId=pool.id, Domain=f"a{account}")


def test_a_look_is_of_a_client_or_of_all(idp, server, pool, domain):
    of_client = {"UserPoolId": pool.id, "ClientId": pool.client_id}
    assert body(idp.get_ui_customization(**of_client)) == {"UICustomization": {}}
    all_clients = idp.set_ui_customization(UserPoolId=pool.id, ClientId="ALL", CSS=CSS)["UICustomization"]
    version = all_clients["CSSVersion"]
    assert len(version) == 14 and version.isdigit()
    expected = {"UserPoolId": pool.id, "ClientId": "ALL", "CSS": CSS, "CSSVersion": version}
    assert undated(all_clients) == expected
    assert idp.get_ui_customization(**of_client)["UICustomization"] == all_clients
    own = idp.set_ui_customization(ImageFile=PNG, **of_client)["UICustomization"]
    assert "CSS" not in own
    assert idp.get_ui_customization(**of_client)["UICustomization"] == own
    assert idp.get_ui_customization(UserPoolId=pool.id)["UICustomization"] == all_clients
    assert own["ImageUrl"].endswith(
        f"/{pool.id}/{pool.client_id}/{own['CSSVersion']}/assets/images/image.jpg"
    )
    with urllib.request.urlopen(own["ImageUrl"], timeout=10) as image:
        assert (image.headers["Content-Type"], image.read()) == ("image/png", PNG)
    idp.delete_user_pool_client(**of_client)
    with pytest.raises(urllib.error.HTTPError) as gone:
        urllib.request.urlopen(own["ImageUrl"], timeout=10)
    assert gone.value.code == 404


def test_a_look_needs_a_domain(idp, pool):
    for call in (idp.set_ui_customization, idp.get_ui_customization):
        with refused(INVALID, "There has to be an existing domain associated with this user pool"):
            call(UserPoolId=pool.id)
        with refused(MISSING, "User pool client nowhere does not exist."):
            call(UserPoolId=pool.id, ClientId="nowhere")
        with refused(MISSING, "User pool us-west-2_nowhere does not exist."):
            call(UserPoolId="us-west-2_nowhere")


def test_a_look_is_checked(idp, pool, domain):
    with refused(INVALID, "Invalid CSS: body is not a customizable class."):
        idp.set_ui_customization(UserPoolId=pool.id, CSS="body { color: red }")
    for image in (b"GIF89a", PNG + bytes(100 * 1024)):
        with refused(INVALID, "ImageFile must be a PNG or JPEG image of 100 KB at the most."):
            idp.set_ui_customization(UserPoolId=pool.id, ImageFile=image)


def test_a_style_is_made_changed_and_deleted(idp, pool):
    of_client = {"UserPoolId": pool.id, "ClientId": pool.client_id}
    made = idp.create_managed_login_branding(UseCognitoProvidedValues=True, **of_client)["ManagedLoginBranding"]
    named = {"UserPoolId": pool.id, "ManagedLoginBrandingId": made["ManagedLoginBrandingId"]}
    assert UUID.fullmatch(made["ManagedLoginBrandingId"])
    assert undated(made) == named | {"UseCognitoProvidedValues": True}
    with refused(
        "ManagedLoginBrandingExistsException",
        f"Managed login branding already exists for client {pool.client_id}.",
    ):
        idp.create_managed_login_branding(**of_client)
    assert idp.describe_managed_login_branding(**named)["ManagedLoginBranding"] == made
    merged = idp.describe_managed_login_branding(ReturnMergedResources=True, **named)["ManagedLoginBranding"]
    assert merged["Settings"]["componentClasses"]["buttons"] == {"borderRadius": 8.0}
    own = {"componentClasses": {"buttons": {"borderRadius": 1.5}}}
    logo = {"Category": "FORM_LOGO", "ColorMode": "LIGHT", "Extension": "PNG", "Bytes": PNG}
    updated = idp.update_managed_login_branding(Settings=own, Assets=[logo], **named)["ManagedLoginBranding"]
    assert undated(updated) == named | {"UseCognitoProvidedValues": False, "Settings": own, "Assets": [logo]}
    by_client = idp.describe_managed_login_branding_by_client(**of_client)["ManagedLoginBranding"]
    assert by_client == updated
    merged = idp.describe_managed_login_branding_by_client(ReturnMergedResources=True, **of_client)
    assert merged["ManagedLoginBranding"]["Settings"]["componentClasses"]["buttons"] == {"borderRadius": 1.5}
    assert body(idp.delete_managed_login_branding(**named)) == {}
    gone = f"Managed login branding {made['ManagedLoginBrandingId']} does not exist."
    for call in (
        idp.describe_managed_login_branding,
        idp.update_managed_login_branding,
        idp.delete_managed_login_branding,
    ):
        with refused(MISSING, gone):
            call(**named)
    with refused(MISSING, f"Managed login branding does not exist for client {pool.client_id}."):
        idp.describe_managed_login_branding_by_client(**of_client)


def test_a_style_may_be_larger_than_other_requests(idp, pool):
    """Documented: two megabytes."""
    image = {"Category": "PAGE_BACKGROUND", "ColorMode": "DYNAMIC", "Extension": "PNG", "Bytes": bytes(1_000_000)}
    made = idp.create_managed_login_branding(UserPoolId=pool.id, ClientId=pool.client_id, Assets=[image])
    assert made["ManagedLoginBranding"]["Assets"] == [image]


def test_a_style_is_checked(idp, pool):
    of_client = {"UserPoolId": pool.id, "ClientId": pool.client_id}
    with refused(INVALID, "Settings and Assets cannot be specified when UseCognitoProvidedValues is true."):
        idp.create_managed_login_branding(UseCognitoProvidedValues=True, Settings={}, **of_client)
    with refused(INVALID, "Settings must be a JSON object."):
        idp.create_managed_login_branding(Settings=["a"], **of_client)
    logo = {"Category": "FORM_LOGO", "ColorMode": "LIGHT", "Extension": "PNG"}
    with refused(INVALID, "Each asset needs either Bytes or ResourceId."):
        idp.create_managed_login_branding(Assets=[logo], **of_client)
    with refused(INVALID, "ManagedLoginBrandingId is required."):
        idp.update_managed_login_branding(UserPoolId=pool.id)
    for call in (idp.create_managed_login_branding, idp.describe_managed_login_branding_by_client):
        with refused(MISSING, "User pool client nowhere does not exist."):
            call(UserPoolId=pool.id, ClientId="nowhere")


def test_terms_are_made_changed_listed_and_deleted(idp, pool):
    of_client = {"UserPoolId": pool.id, "ClientId": pool.client_id}
    kind = {"TermsSource": "LINK", "Enforcement": "NONE"}
    links = {"cognito:default": "https://example.com/terms"}
    made = idp.create_terms(TermsName="terms-of-use", Links=links, **kind, **of_client)["Terms"]
    named = {"UserPoolId": pool.id, "TermsId": made["TermsId"]}
    assert UUID.fullmatch(made["TermsId"])
    assert undated(made) == {"TermsName": "terms-of-use", "Links": links} | kind | of_client | named
    with refused("TermsExistsException", f"Terms terms-of-use already exist for client {pool.client_id}."):
        idp.create_terms(TermsName="terms-of-use", **kind, **of_client)
    policy = idp.create_terms(TermsName="privacy-policy", **kind, **of_client)["Terms"]
    assert policy["Links"] == {}
    with refused("TermsExistsException", f"Terms privacy-policy already exist for client {pool.client_id}."):
        idp.update_terms(TermsName="privacy-policy", **named)
    updated = idp.update_terms(Links={"cognito:german": "https://example.com/de"}, **named)["Terms"]
    assert updated["Links"] == {"cognito:german": "https://example.com/de"}
    assert idp.describe_terms(**named)["Terms"] == updated
    assert idp.describe_terms_by_client(TermsName="terms-of-use", **of_client)["Terms"] == updated
    first = idp.list_terms(UserPoolId=pool.id, MaxResults=1)
    second = idp.list_terms(UserPoolId=pool.id, MaxResults=1, NextToken=first["NextToken"])
    assert [undated(terms) for terms in first["Terms"] + second["Terms"]] == [
        {"TermsId": terms["TermsId"], "TermsName": terms["TermsName"], "Enforcement": "NONE"}
        for terms in (made, policy)
    ]
    assert "NextToken" not in second
    assert body(idp.delete_terms(**named)) == {}
    for call in (idp.describe_terms, idp.update_terms, idp.delete_terms):
        with refused(MISSING, f"Terms {made['TermsId']} do not exist."):
            call(**named)
    with refused(MISSING, f"Terms terms-of-use do not exist for client {pool.client_id}."):
        idp.describe_terms_by_client(TermsName="terms-of-use", **of_client)
    idp.delete_user_pool_client(**of_client)
    assert body(idp.list_terms(UserPoolId=pool.id)) == {"Terms": []}


def test_terms_need_a_client_and_a_pool(idp, pool):
    kind = {"TermsName": "terms-of-use", "TermsSource": "LINK", "Enforcement": "NONE"}
    with refused(MISSING, "User pool client nowhere does not exist."):
        idp.create_terms(UserPoolId=pool.id, ClientId="nowhere", **kind)
    fault = (
        "1 validation error detected: Value 'imprint' at 'termsName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: ^(terms-of-use|privacy-policy)$"
    )
    with refused(INVALID, fault):
        idp.create_terms(UserPoolId=pool.id, ClientId=pool.client_id, **kind | {"TermsName": "imprint"})
    for call, members in (
        (idp.list_terms, {}),
        (idp.describe_terms, {"TermsId": NOWHERE}),
        (idp.delete_terms, {"TermsId": NOWHERE}),
        (idp.update_terms, {"TermsId": NOWHERE}),
        (idp.describe_managed_login_branding, {"ManagedLoginBrandingId": NOWHERE}),
        (idp.delete_managed_login_branding, {"ManagedLoginBrandingId": NOWHERE}),
    ):
        with refused(MISSING, "User pool us-west-2_nowhere does not exist."):
            call(UserPoolId="us-west-2_nowhere", **members)


def test_a_style_does_not_grow_for_ever(idp, pool):
    made = idp.create_managed_login_branding(UserPoolId=pool.id, ClientId=pool.client_id)["ManagedLoginBranding"]
    named = {"UserPoolId": pool.id, "ManagedLoginBrandingId": made["ManagedLoginBrandingId"]}
    half = "a" * (1024 * 1024)
    kept = idp.update_managed_login_branding(Settings={"first": half}, **named)["ManagedLoginBranding"]
    with refused(INVALID, "Settings must not be larger than 2 MB."):
        idp.update_managed_login_branding(Settings={"second": half}, **named)
    assert idp.describe_managed_login_branding(**named)["ManagedLoginBranding"] == kept


def test_a_style_has_so_many_images(idp, pool):
    kinds = [(category, mode, kind) for category in ("FORM_LOGO", "PAGE_BACKGROUND", "PAGE_HEADER_LOGO")
             for mode in ("LIGHT", "DARK", "DYNAMIC") for kind in ("ICO", "JPEG", "PNG", "SVG", "WEBP")]  # fmt: skip
    assets = [{"Category": c, "ColorMode": m, "Extension": e, "Bytes": PNG} for c, m, e in kinds]
    of_client = {"UserPoolId": pool.id, "ClientId": pool.client_id}
    made = idp.create_managed_login_branding(Assets=assets[:40], **of_client)["ManagedLoginBranding"]
    named = {"UserPoolId": pool.id, "ManagedLoginBrandingId": made["ManagedLoginBrandingId"]}
    # One that replaces another counts once.
    assert idp.update_managed_login_branding(Assets=assets[:1], **named)
    with refused(INVALID, "A style can have at most 40 assets."):
        idp.update_managed_login_branding(Assets=assets[40:], **named)

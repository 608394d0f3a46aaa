"""Import jobs: a file goes to the pre-signed address, and its users into the pool."""

import base64
import datetime
import hashlib
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit, urlunsplit

import pytest

from conftest import aws_client
from expect import attributes, body, refused
from functions import REGION, answering, config, failing

ROLE = "arn:aws:iam::000000000000:role/import"
DONE = {"Succeeded", "Failed", "Stopped"}
SUCCESS = "Import Job Completed Successfully."
TOO_MANY = "Too many users have failed or been skipped during the import."
SIGNATURE = (
    "The request signature we calculated does not match the signature you provided. Check your key and signing method."
)
BCRYPT = "$2b$04$K9/EBSTz/f8Zw0KTRj70uey.qteGxVYL29aihYsSNiScSsEpzLEGO"
ARGON2ID = "$argon2id$v=19$m=64,t=2,p=1$fNl0rGRDPoeDnHAytH7IuQ$ORht3uxKFwy1ExcVeOoLjVLE2TWImklnaxTdHrNmIVA"


class Import:
    """One pool, and the way through a job of it."""

    def __init__(self, idp, server, **settings):
        self.idp, self.server = idp, server
        self.pool = idp.create_user_pool(PoolName="import", **({"AutoVerifiedAttributes": ["email"]} | settings))
        self.pool = self.pool["UserPool"]["Id"]
        self.header = idp.get_csv_header(UserPoolId=self.pool)["CSVHeader"]

    def create(self, name="job", **more):
        return self.idp.create_user_import_job(
            JobName=name, UserPoolId=self.pool, CloudWatchLogsRoleArn=ROLE, **more
        )["UserImportJob"]

    def rows(self, *users, header=None):
        """A CSV of these users, each a dict of columns."""
        header = header or self.header
        given = [{"cognito:mfa_enabled": "FALSE", "email_verified": "TRUE"} | user for user in users]
        lines = [header, *[[user.get(name, "") for name in header] for user in given]]
        return "".join(",".join(line) + "\n" for line in lines)

    def upload(self, url, text, headers=None):
        data = text if isinstance(text, bytes) else text.encode()
        headers = {"x-amz-server-side-encryption": "aws:kms"} if headers is None else headers
        # The address is the server's public one; the tests reach it by number.
        url = urlunsplit(urlsplit(url)._replace(netloc=f"127.0.0.1:{self.server.port}"))
        request = urllib.request.Request(url, method="PUT", data=data, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                assert (answer.status, answer.read()) == (200, b"") and answer.headers["ETag"]
        except urllib.error.HTTPError as refusal:
            text = refusal.read().decode()
            return refusal.code, text.split("<Code>")[1].split("</Code>")[0], text.split("<Message>")[1].split("<")[0]
        return None

    def named(self, job):
        return {"UserPoolId": self.pool, "JobId": job["JobId"]}

    def run(self, text, **more):
        """The job once it has ended."""
        job = self.create(**more)
        assert self.upload(job["PreSignedUrl"], text) is None
        self.idp.start_user_import_job(**self.named(job))
        return self.ended(job)

    def ended(self, job):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            job = self.idp.describe_user_import_job(**self.named(job))["UserImportJob"]
            if job["Status"] in DONE:
                return job
            time.sleep(0.02)
        raise AssertionError(job)

    def user(self, name):
        return self.idp.admin_get_user(UserPoolId=self.pool, Username=name)


@pytest.fixture
def importing(idp, server):
    return lambda **settings: Import(idp, server, **settings)


def end(job):
    counters = ("ImportedUsers", "SkippedUsers", "FailedUsers")
    return job["Status"], job["CompletionMessage"], *[job[counter] for counter in counters]


def adapted_base64(data):
    """As passlib writes it."""
    return base64.b64encode(data).decode().rstrip("=").replace("+", ".")


def test_a_job_lives_from_creation_to_success(importing):
    it = importing()
    job = it.create("first")
    created = job.pop("CreationDate")
    assert abs(created.timestamp() - time.time()) < 120
    url, job_id = job.pop("PreSignedUrl"), job["JobId"]
    assert job_id.startswith("import-") and len(job_id) == 17
    assert job == {
        "JobName": "first",
        "JobId": job_id,
        "UserPoolId": it.pool,
        "Status": "Created",
        "CloudWatchLogsRoleArn": ROLE,
        "ImportedUsers": 0,
        "SkippedUsers": 0,
        "FailedUsers": 0,
    }
    assert it.upload(url, it.rows({"cognito:username": "alice", "email": "alice@example.com"})) is None
    started = body(it.idp.start_user_import_job(**it.named(job)))["UserImportJob"]
    assert started["Status"] == "Pending" and started["StartDate"] >= created
    ended = it.ended(job)
    assert end(ended) == ("Succeeded", SUCCESS, 1, 0, 0)
    assert ended["CompletionDate"] >= ended["StartDate"] and ended["PreSignedUrl"] == url
    assert it.user("alice")["UserStatus"] == "RESET_REQUIRED"
    with refused("PreconditionNotMetException", f"User import job {job_id} is in status Succeeded"):
        it.idp.start_user_import_job(**it.named(job))
    with refused("PreconditionNotMetException", f"User import job {job_id} is in status Succeeded"):
        it.idp.stop_user_import_job(**it.named(job))


def test_a_row_becomes_a_user_of_its_attributes(importing):
    it = importing(Schema=[{"Name": "team", "AttributeDataType": "String"}])
    assert it.header[-3:] == ["custom:team", "cognito:mfa_enabled", "cognito:username"]
    row = {
        "cognito:username": "jane",
        "email": " jane@example.com ",
        "phone_number": "+12345550199",
        "phone_number_verified": "TRUE",
        "birthdate": "02/01/1985",
        "updated_at": "1471453471",
        "address": "1 Any Street\\, Any Town",
        "custom:team": "blue",
    }
    # The order of columns does not matter, nor how lines end.
    text = it.rows(row, header=it.header[::-1]).replace("\n", "\r\n")
    assert end(it.run(text)) == ("Succeeded", SUCCESS, 1, 0, 0)
    found = attributes(it.user("jane")["UserAttributes"])
    assert found.pop("sub")
    assert found == {
        "email": "jane@example.com",
        "email_verified": "true",
        "phone_number": "+12345550199",
        "phone_number_verified": "true",
        "birthdate": "1985-02-01",
        "updated_at": "1471453471",
        "address": "1 Any Street, Any Town",
        "custom:team": "blue",
    }


def test_known_users_are_skipped_and_bad_rows_fail_line_by_line(idp, start_server, account):
    server = start_server("--log", "debug")
    it = Import(aws_client(server, "cognito-idp", account=account), server, AliasAttributes=["email"])
    assert end(it.run(it.rows({"cognito:username": "a", "email": "a@example.com"})))[2:] == (1, 0, 0)
    mail = {"email": "b@example.com"}
    bad = [
        ({"cognito:username": "a", "email": "z@example.com"}, "SKIPPED", "The user already exists."),
        ({"cognito:username": "b", **mail, "email_verified": "FALSE"}, "FAILED",
         "The User Record does not set any of the auto verified attributes to true. "
         "(Example: email_verified to true)."),
        ({"cognito:username": "b c", **mail}, "FAILED", "The cognito:username is missing or contains a space."),
        ({"cognito:username": "", **mail}, "FAILED", "The cognito:username is missing or contains a space."),
        ({"cognito:username": "b", **mail, "cognito:mfa_enabled": "TRUE"}, "FAILED",
         "The cognito:mfa_enabled does not match the user pool."),
        ({"cognito:username": "b", **mail, "birthdate": "1985-02-01"}, "FAILED",
         "The birthdate is not in the format mm/dd/yyyy."),
        ({"cognito:username": "b", "email": "b"}, "FAILED", "Invalid email address format."),
        ({"cognito:username": "b", "email": "a@example.com"}, "FAILED",
         "An account with the given email already exists."),
        ({"cognito:username": "b", **mail, "name": "n" * 16000}, "FAILED",
         "The User Record is longer than 16000 characters."),
        ({"cognito:username": "b", **mail, "name": "n,m"}, "FAILED",
         "The User Record does not have as many values as the header."),
    ]  # fmt: skip
    good = [{"cognito:username": f"u{number}", "email": f"u{number}@example.com"} for number in range(len(bad))]
    ended = it.run(it.rows(*[row for row, _, _ in bad], *good))
    assert end(ended) == ("Succeeded", SUCCESS, len(bad), 1, len(bad) - 1)
    log = server.log()
    for line, (_, fate, reason) in enumerate(bad, start=2):
        assert f"[{fate}] Line Number {line} - {reason}" in log
    assert f"[SUCCEEDED] Line Number {len(bad) + 2} - The import succeeded." in log
    # More rows lost than won: the job has failed, though it has done what it could.
    ended = it.run(it.rows(bad[0][0], bad[1][0], {"cognito:username": "late", "email": "late@example.com"}))
    assert end(ended) == ("Failed", TOO_MANY, 1, 1, 1)
    assert it.user("late")


DOES_NOT_MATCH = "The cognito:mfa_enabled does not match the user pool."
NO_PHONE = "The cognito:mfa_enabled is true without a phone_number."


@pytest.mark.parametrize(
    ("mfa", "taken", "other", "reason"),
    [
        ("OFF", "FALSE", "TRUE", DOES_NOT_MATCH),
        ("ON", "TRUE", "FALSE", DOES_NOT_MATCH),
        ("OPTIONAL", "FALSE", "TRUE", NO_PHONE),
    ],
)
def test_the_mfa_column_says_what_the_pool_says(start_server, account, mfa, taken, other, reason):
    server = start_server()
    it = Import(aws_client(server, "cognito-idp", account=account), server)
    if mfa != "OFF":
        it.idp.set_user_pool_mfa_config(
            UserPoolId=it.pool, SoftwareTokenMfaConfiguration={"Enabled": True}, MfaConfiguration=mfa
        )
    rows = [
        {"cognito:username": f"u{number}", "email": f"u{number}@example.com", "cognito:mfa_enabled": flag}
        for number, flag in enumerate([taken, "", other])
    ]
    assert end(it.run(it.rows(*rows))) == ("Succeeded", SUCCESS, 2, 0, 1)
    assert f"[FAILED] Line Number 4 - {reason}" in server.log()
    if mfa == "OPTIONAL":
        phone = {"phone_number": "+12345550199", "cognito:mfa_enabled": "TRUE"}
        it.run(it.rows({"cognito:username": "sms", "email": "sms@example.com"} | phone))
        assert it.user("sms")["UserMFASettingList"] == ["SMS_MFA"]


def test_a_file_that_is_not_of_this_pool_fails_the_job(importing):
    it = importing()
    row = {"cognito:username": "a", "email": "a@example.com"}
    wrong = "The header of the CSV file does not match the user pool."
    for text, message in [
        ("", wrong),
        (it.rows(row, header=it.header[1:]), wrong),
        (it.rows(row, header=[*it.header, "unknown"]), wrong),
        (it.rows(row, header=[*it.header, "name"]), wrong),
        (",".join(it.header) + "," * 16_000, wrong),
        ("\ufeff" + it.rows(row), wrong),
        (b"\xff\xfe" + it.rows(row).encode(), "The CSV file is not in UTF-8 format."),
        (",".join(it.header) + "\n" + "a\n" * 500_001, "The CSV file has more than 500000 users."),
    ]:
        assert end(it.run(text)) == ("Failed", message, 0, 0, 0)
    assert end(it.run(it.rows())) == ("Succeeded", SUCCESS, 0, 0, 0)


def test_users_sign_in_once_they_have_reset_their_password(importing, server):
    it = importing()
    it.run(it.rows({"cognito:username": "alice", "email": "alice@example.com"}))
    client = it.idp.create_user_pool_client(
        UserPoolId=it.pool, ClientName="app", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    sign_in = {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client}
    sign_in["AuthParameters"] = {"USERNAME": "alice", "PASSWORD": "Passw0rd!"}
    with refused("PasswordResetRequiredException", "Password reset required for the user"):
        it.idp.initiate_auth(**sign_in)
    it.idp.forgot_password(ClientId=client, Username="alice")
    url = f"{server.url}/_cognitwin/messages?userPoolId={it.pool}"
    with urllib.request.urlopen(url, timeout=10) as answer:
        code = answer.read().decode().split('"code":"')[1].split('"')[0]
    it.idp.confirm_forgot_password(ClientId=client, Username="alice", ConfirmationCode=code, Password="Passw0rd!")
    assert it.idp.initiate_auth(**sign_in)["AuthenticationResult"]


@pytest.mark.parametrize("algorithm", ["BCRYPT", "SCRYPT", "ARGON2ID", "PBKDF2_SHA256"])
def test_users_keep_their_passwords_where_the_file_has_hashes(importing, algorithm):
    salt = bytes(range(16))
    scrypt = hashlib.scrypt(b"Passw0rd!", salt=salt, n=1024, r=8, p=1, dklen=32).hex()
    pbkdf2 = hashlib.pbkdf2_hmac("sha256", b"Passw0rd!", salt, 1000)
    hashes = {
        "BCRYPT": BCRYPT,
        "SCRYPT": f"1024$8$1${salt.hex()}${scrypt}",
        "ARGON2ID": ARGON2ID.replace(",", "\\,"),
        "PBKDF2_SHA256": f"$pbkdf2-sha256$1000${adapted_base64(salt)}${adapted_base64(pbkdf2)}",
    }
    it = importing()
    header = ["cognito:username", "email", "email_verified", "password_hash"]
    alice = {"cognito:username": "alice", "email": "alice@example.com", "password_hash": hashes[algorithm]}
    job = it.create(PasswordHashingAlgorithm=algorithm)
    assert job["PasswordHashingAlgorithm"] == algorithm
    it.upload(job["PreSignedUrl"], it.rows(
        alice,
        {"cognito:username": "without", "email": "without@example.com"},
        {"cognito:username": "broken", "email": "broken@example.com", "password_hash": "Passw0rd!"},
        header=header,
    ))  # fmt: skip
    it.idp.start_user_import_job(**it.named(job))
    assert end(it.ended(job)) == ("Succeeded", SUCCESS, 2, 0, 1)
    assert (it.user("alice")["UserStatus"], it.user("without")["UserStatus"]) == ("CONFIRMED", "RESET_REQUIRED")

    client = it.idp.create_user_pool_client(
        UserPoolId=it.pool, ClientName="app", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]

    def sign_in(password):
        return it.idp.initiate_auth(
            AuthFlow="USER_PASSWORD_AUTH",
            ClientId=client,
            AuthParameters={"USERNAME": "alice", "PASSWORD": password},
        )["AuthenticationResult"]

    with refused("NotAuthorizedException", "Incorrect username or password."):
        sign_in("passw0rd!")
    # The first is checked against the hash, the second against what it became.
    for _ in range(2):
        token = sign_in("Passw0rd!")["AccessToken"]
    it.idp.change_password(AccessToken=token, PreviousPassword="Passw0rd!", ProposedPassword="N3w-Passw0rd!")
    assert sign_in("N3w-Passw0rd!")
    with refused("NotAuthorizedException", "Incorrect username or password."):
        sign_in("Passw0rd!")


def test_who_is_disabled_does_not_sign_in_by_an_imported_password_either(importing):
    it = importing()
    header = ["cognito:username", "email", "email_verified", "password_hash"]
    row = {"cognito:username": "alice", "email": "alice@example.com", "password_hash": BCRYPT}
    it.run(it.rows(row, header=header), PasswordHashingAlgorithm="BCRYPT")
    native = {"ProviderName": "Cognito", "ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": "alice"}
    it.idp.admin_disable_provider_for_user(UserPoolId=it.pool, User=native)
    client = it.idp.create_user_pool_client(
        UserPoolId=it.pool, ClientName="app", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    with refused("NotAuthorizedException", "Incorrect username or password."):
        it.idp.initiate_auth(
            AuthFlow="USER_PASSWORD_AUTH",
            ClientId=client,
            AuthParameters={"USERNAME": "alice", "PASSWORD": "Passw0rd!"},
        )


def test_a_file_without_the_hashes_that_the_job_expects_fails_it(importing):
    it = importing()
    row = {"cognito:username": "a", "email": "a@example.com"}
    ended = it.run(it.rows(row), PasswordHashingAlgorithm="BCRYPT")
    assert end(ended) == ("Failed", "The CSV file has no password_hash column.", 0, 0, 0)
    # A hash that nothing would check is not taken in silence.
    row["password_hash"] = BCRYPT
    assert end(it.run(it.rows(row, header=[*it.header, "password_hash"]))) == ("Failed", TOO_MANY, 0, 0, 1)
    fault = (
        "1 validation error detected: Value 'MD5' at 'passwordHashingAlgorithm' failed to satisfy constraint: "
        "Member must satisfy enum value set: [BCRYPT, PBKDF2_SHA256, ARGON2ID, SCRYPT]"
    )
    with refused("InvalidParameterException", fault):
        it.create(PasswordHashingAlgorithm="MD5")


def test_the_address_is_good_for_its_own_job_and_for_a_while(start_server, account, move_clock):
    server = start_server()
    it = Import(aws_client(server, "cognito-idp", account=account), server)
    job, other = it.create(), it.create()
    text = it.rows({"cognito:username": "a", "email": "a@example.com"})
    url = job["PreSignedUrl"]
    forged = [
        url[:-1] + ("0" if url[-1] != "0" else "1"),
        url.split("?")[0],
        url.replace(job["JobId"], other["JobId"]),
        url.replace(it.pool, "us-west-2_nowhere"),
    ]
    for wrong in forged:
        assert it.upload(wrong, text) == (403, "SignatureDoesNotMatch", SIGNATURE)
    wrong = it.upload(url, text, {"x-amz-server-side-encryption": "AES256"})
    assert wrong == (403, "SignatureDoesNotMatch", SIGNATURE)
    with refused("PreconditionNotMetException", f"No csv file was uploaded for {job['JobId']}"):
        it.idp.start_user_import_job(**it.named(job))
    # A second file replaces the first.
    for attempt in ("", text):
        assert it.upload(url, attempt, {}) is None
    move_clock(server, 15 * 60)
    assert it.upload(url, text) == (403, "AccessDenied", "Request has expired")
    it.idp.start_user_import_job(**it.named(job))
    assert end(it.ended(job)) == ("Succeeded", SUCCESS, 1, 0, 0)
    move_clock(server, 24 * 3600)
    assert it.idp.describe_user_import_job(**it.named(other))["UserImportJob"]["Status"] == "Expired"
    with refused("PreconditionNotMetException", f"User import job {other['JobId']} is in status Expired"):
        it.idp.start_user_import_job(**it.named(other))


def test_a_large_file_is_taken_and_a_larger_one_is_not(importing):
    it = importing()
    job = it.create()
    assert it.upload(job["PreSignedUrl"], it.rows() + " " * (5 * 1024 * 1024)) is None
    with pytest.raises((urllib.error.URLError, ConnectionError, IndexError)):
        it.upload(job["PreSignedUrl"], b" " * (100 * 1024 * 1024 + 1))


def test_one_import_runs_at_a_time_and_can_be_stopped(start_server, account):
    server = start_server("--log", "warn")
    it = Import(aws_client(server, "cognito-idp", account=account), server)
    users = [{"cognito:username": f"u{n}", "email": f"u{n}@example.com"} for n in range(30_000)]
    job, second = it.create(), it.create()
    for each in (job, second):
        assert it.upload(each["PreSignedUrl"], it.rows(*users)) is None
    it.idp.start_user_import_job(**it.named(job))
    with refused("PreconditionNotMetException", "Only one user import job can be active at a time."):
        it.idp.start_user_import_job(**it.named(second))
    in_progress = ("UserImportInProgressException", f"A user import job is in progress for user pool {it.pool}.")
    with refused(*in_progress):
        it.idp.delete_user_pool(UserPoolId=it.pool)
    with refused(*in_progress):
        it.idp.update_user_pool(UserPoolId=it.pool)
    with refused(*in_progress):
        it.idp.add_custom_attributes(
            UserPoolId=it.pool, CustomAttributes=[{"Name": "x", "AttributeDataType": "String"}]
        )
    stopping = body(it.idp.stop_user_import_job(**it.named(job)))["UserImportJob"]
    assert stopping["Status"] == "Stopping"
    ended = it.ended(job)
    assert (ended["Status"], ended["CompletionMessage"]) == ("Stopped", "The Import Job was stopped by the developer.")
    assert ended["ImportedUsers"] < len(users)
    it.idp.start_user_import_job(**it.named(second))
    it.idp.stop_user_import_job(**it.named(second))
    it.ended(second)
    it.idp.delete_user_pool(UserPoolId=it.pool)


def test_jobs_are_listed_last_created_first(importing):
    it = importing()
    jobs = [it.create(f"job-{number}") for number in range(5)]
    listed, token = [], None
    while True:
        more = {"PaginationToken": token} if token else {}
        page = body(it.idp.list_user_import_jobs(UserPoolId=it.pool, MaxResults=2, **more))
        listed.append([job["JobName"] for job in page["UserImportJobs"]])
        token = page.get("PaginationToken")
        if token is None:
            break
    assert listed == [["job-4", "job-3"], ["job-2", "job-1"], ["job-0"]]
    assert it.idp.list_user_import_jobs(UserPoolId=it.pool, MaxResults=60)["UserImportJobs"] == jobs[::-1]
    with refused("InvalidParameterException", "Invalid pagination token."):
        it.idp.list_user_import_jobs(UserPoolId=it.pool, MaxResults=1, PaginationToken="nonsense")


def test_what_is_not_there_or_not_ready_is_refused(importing):
    it = importing(AutoVerifiedAttributes=[])
    job = it.create()
    assert it.upload(job["PreSignedUrl"], it.rows()) is None
    with refused("PreconditionNotMetException", "User pool has no auto verified attributes."):
        it.idp.start_user_import_job(**it.named(job))
    with refused("PreconditionNotMetException", f"User import job {job['JobId']} is in status Created"):
        it.idp.stop_user_import_job(**it.named(job))
    gone = {"UserPoolId": it.pool, "JobId": "import-nobody"}
    for call in (it.idp.describe_user_import_job, it.idp.start_user_import_job, it.idp.stop_user_import_job):
        with refused("ResourceNotFoundException", "User import job import-nobody does not exist."):
            call(**gone)
    nowhere = "us-west-2_Nowhere01"
    no_pool = ("ResourceNotFoundException", f"User pool {nowhere} does not exist.")
    with refused(*no_pool):
        it.idp.create_user_import_job(JobName="x", UserPoolId=nowhere, CloudWatchLogsRoleArn=ROLE)
    with refused(*no_pool):
        it.idp.list_user_import_jobs(UserPoolId=nowhere, MaxResults=1)
    for call in (it.idp.describe_user_import_job, it.idp.start_user_import_job, it.idp.stop_user_import_job):
        with refused(*no_pool):
            call(UserPoolId=nowhere, JobId="import-nobody")
    for _ in range(999):
        it.create()
    with refused("LimitExceededException", "Exceeded maximum number of user import jobs: 1000"):
        it.create()


def test_an_import_signs_in_by_email_and_by_code(importing):
    it = importing(
        UsernameAttributes=["email"],
        Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}},
    )
    ended = it.run(it.rows({"cognito:username": "a@example.com", "email": "a@example.com"}))
    assert end(ended) == ("Succeeded", SUCCESS, 1, 0, 0)
    user = it.user("a@example.com")
    # One who can sign in by a code has nothing to reset.
    assert user["UserStatus"] == "CONFIRMED"
    assert user["Username"] == attributes(user["UserAttributes"])["sub"]
    assert user["UserCreateDate"] > datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=2)


def srp_salt(idp, client, **more):
    """What USER_SRP_AUTH shows of alice's password."""
    given = {"USERNAME": "alice", "SRP_A": "ab12" * 100, **more}
    asked = idp.initiate_auth(AuthFlow="USER_SRP_AUTH", ClientId=client, AuthParameters=given)
    return asked["ChallengeParameters"]["SALT"]


def imported_alice(idp, server, *, GenerateSecret=False, **settings):
    it = Import(idp, server, **settings)
    header = ["cognito:username", "email", "email_verified", "password_hash"]
    alice = {"cognito:username": "alice", "email": "alice@example.com", "password_hash": BCRYPT}
    assert end(it.run(it.rows(alice, header=header), PasswordHashingAlgorithm="BCRYPT"))[0] == "Succeeded"
    flows = ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH"]
    client = idp.create_user_pool_client(
        UserPoolId=it.pool, ClientName="a", GenerateSecret=GenerateSecret, ExplicitAuthFlows=flows
    )["UserPoolClient"]
    return it, client["ClientId"]


def by_password(idp, client, password, **more):
    given = {"USERNAME": "alice", "PASSWORD": password, **more}
    return idp.initiate_auth(AuthFlow="USER_PASSWORD_AUTH", ClientId=client, AuthParameters=given)


def test_an_imported_password_is_compared_only_where_it_is_asked_for(idp, server):
    _, client = imported_alice(idp, server)
    salt = srp_salt(idp, client)
    assert srp_salt(idp, client, PASSWORD="Passw0rd!") == salt
    assert by_password(idp, client, "Passw0rd!")["AuthenticationResult"]
    assert srp_salt(idp, client) != salt


def test_wrong_guesses_at_an_imported_password_lock_out(idp, server):
    _, client = imported_alice(idp, server)
    for _ in range(5):
        with refused("NotAuthorizedException", "Incorrect username or password."):
            by_password(idp, client, "wrong")
    salt = srp_salt(idp, client)
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        by_password(idp, client, "Passw0rd!")
    assert srp_salt(idp, client) == salt


def test_without_the_secret_hash_an_imported_password_is_not_compared(idp, server):
    it, client = imported_alice(idp, server, GenerateSecret=True)
    with pytest.raises(idp.exceptions.NotAuthorizedException, match="SECRET_HASH"):
        by_password(idp, client, "Passw0rd!")
    public = idp.create_user_pool_client(
        UserPoolId=it.pool, ClientName="b", ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH"]
    )["UserPoolClient"]["ClientId"]
    salt = srp_salt(idp, public)
    # The choice of the password proves it, too.
    given = {"USERNAME": "alice", "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": "Passw0rd!"}
    assert idp.initiate_auth(AuthFlow="USER_AUTH", ClientId=public, AuthParameters=given)["AuthenticationResult"]
    assert srp_salt(idp, public) != salt


def test_a_sign_in_that_a_function_refuses_leaves_the_imported_hash(start_server, functions):
    server = start_server(*functions.flags())
    idp = aws_client(server, "cognito-idp", region=REGION)
    it, client = imported_alice(idp, server, LambdaConfig=config("PreAuthentication", "PostAuthentication"))
    salt = srp_salt(idp, client)
    for trigger in ("PreAuthentication", "PostAuthentication"):
        functions.on(**{trigger: failing("no")})
        with refused("UserLambdaValidationException", f"{trigger} failed with error no."):
            by_password(idp, client, "Passw0rd!")
        functions.on(**{trigger: answering()})
        assert srp_salt(idp, client) == salt
    functions.events.clear()
    assert by_password(idp, client, "Passw0rd!")["AuthenticationResult"]
    assert functions.sources() == ["PreAuthentication_Authentication", "PostAuthentication_Authentication"]
    assert srp_salt(idp, client) != salt

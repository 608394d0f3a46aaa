"""Risk configurations and the delivery of logs: stored, described, and refused where they make no sense."""

import pytest

from conftest import aws_client
from expect import body, refused

SOURCE = "arn:aws:ses:us-west-2:000000000000:identity/example.com"
GROUP = {"LogGroupArn": "arn:aws:logs:us-west-2:000000000000:log-group:cognito"}


@pytest.fixture
def idp(server, account):
    return aws_client(server, "cognito-idp", account=account)


@pytest.fixture
def plus(idp):
    add_ons = {"AdvancedSecurityMode": "ENFORCED"}
    return idp.create_user_pool(PoolName="plus", UserPoolTier="PLUS", UserPoolAddOns=add_ons)["UserPool"]["Id"]


def test_a_risk_configuration_is_of_a_pool_or_of_a_client(idp, plus):
    client = idp.create_user_pool_client(UserPoolId=plus, ClientName="c")["UserPoolClient"]["ClientId"]
    assert body(idp.describe_risk_configuration(UserPoolId=plus)) == {"RiskConfiguration": {"UserPoolId": plus}}
    settings = {
        "CompromisedCredentialsRiskConfiguration": {"EventFilter": ["SIGN_IN"], "Actions": {"EventAction": "BLOCK"}},
        "AccountTakeoverRiskConfiguration": {
            "NotifyConfiguration": {"SourceArn": SOURCE},
            "Actions": {"HighAction": {"Notify": True, "EventAction": "BLOCK"}},
        },
        "RiskExceptionConfiguration": {"BlockedIPRangeList": ["192.0.2.0/24"]},
    }
    answer = idp.set_risk_configuration(UserPoolId=plus, **settings)["RiskConfiguration"]
    assert {name: answer[name] for name in settings} == settings
    assert idp.describe_risk_configuration(UserPoolId=plus)["RiskConfiguration"] == answer
    named = {"UserPoolId": plus, "ClientId": client}
    assert body(idp.describe_risk_configuration(**named)) == {"RiskConfiguration": named}
    own = idp.set_risk_configuration(**named)["RiskConfiguration"]
    assert idp.describe_risk_configuration(**named)["RiskConfiguration"] == own
    idp.set_risk_configuration(UserPoolId=plus)
    assert "RiskExceptionConfiguration" not in idp.describe_risk_configuration(UserPoolId=plus)["RiskConfiguration"]
    with refused("ResourceNotFoundException", "User pool client nowhere does not exist."):
        idp.describe_risk_configuration(UserPoolId=plus, ClientId="nowhere")
    with refused("InvalidParameterException", "Invalid RiskExceptionConfiguration: here is no CIDR range."):
        idp.set_risk_configuration(UserPoolId=plus, RiskExceptionConfiguration={"SkippedIPRangeList": ["here"]})
    takeover = {"Actions": {"LowAction": {"Notify": True, "EventAction": "NO_ACTION"}}}
    with refused(
        "InvalidParameterException",
        "Invalid AccountTakeoverRiskConfiguration: NotifyConfiguration is required where an action notifies.",
    ):
        idp.set_risk_configuration(UserPoolId=plus, AccountTakeoverRiskConfiguration=takeover)


def test_without_threat_protection_there_is_no_risk_configuration(idp):
    pool = idp.create_user_pool(PoolName="plain")["UserPool"]["Id"]
    for call in (idp.describe_risk_configuration, idp.set_risk_configuration):
        with refused("UserPoolAddOnNotEnabledException", "Threat protection is not enabled for this user pool."):
            call(UserPoolId=pool)


def test_logs_go_where_they_may(idp, plus):
    def delivery(configurations):
        return {"LogDeliveryConfiguration": {"UserPoolId": plus, "LogConfigurations": configurations}}

    assert body(idp.get_log_delivery_configuration(UserPoolId=plus)) == delivery([])
    notification = {
        "LogLevel": "ERROR",
        "EventSource": "userNotification",
        "CloudWatchLogsConfiguration": GROUP,
    }
    events = {
        "LogLevel": "INFO",
        "EventSource": "userAuthEvents",
        "S3Configuration": {"BucketArn": "arn:aws:s3:::bucket"},
    }
    both = [notification, events]
    assert body(idp.set_log_delivery_configuration(UserPoolId=plus, LogConfigurations=both)) == delivery(both)
    assert body(idp.get_log_delivery_configuration(UserPoolId=plus)) == delivery(both)
    to_s3 = {"S3Configuration": events["S3Configuration"]}
    for wrong, rule in (
        ([notification, notification], "each EventSource stands once."),
        ([notification | {"LogLevel": "INFO"}], "userNotification takes LogLevel ERROR."),
        ([notification | to_s3], "each needs one destination."),
        ([{"LogLevel": "ERROR", "EventSource": "userNotification"} | to_s3], "userNotification takes CloudWatchLogsConfiguration."),
        ([{"LogLevel": "INFO", "EventSource": "userAuthEvents"}], "each needs one destination."),
    ):
        with refused("InvalidParameterException", f"Invalid LogConfigurations: {rule}"):
            idp.set_log_delivery_configuration(UserPoolId=plus, LogConfigurations=wrong)
    plain = idp.create_user_pool(PoolName="plain")["UserPool"]["Id"]
    with refused(
        "FeatureUnavailableInTierException", "User activity log export is not available in the ESSENTIALS tier."
    ):
        idp.set_log_delivery_configuration(UserPoolId=plain, LogConfigurations=[events])

"""Who may do what: one alphabetised enum and one role map. Every route declares one permission."""

from enum import StrEnum


class Role(StrEnum):
    """What a member of staff does; fixes their permissions and their start page."""

    SALES = "sales"
    AGENT = "agent"
    LEAD = "lead"
    MANAGER = "manager"
    DPO = "dpo"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """What a route demands. PUBLIC needs no log-in; SIGNED_IN is anything that belongs to oneself."""

    ASSESSMENTS_OPEN = "assessments.open"
    ATTRIBUTES_DEFINE = "attributes.define"
    ATTRIBUTES_VIEW = "attributes.view"
    AUDIT_VIEW = "audit.view"
    CATALOGUES_EDIT = "catalogues.edit"
    CONSENTS_RECORD = "consents.record"
    CONSENTS_VIEW = "consents.view"
    CUSTOMERS_DELETE = "customers.delete"
    CUSTOMERS_EDIT = "customers.edit"
    CUSTOMERS_VIEW = "customers.view"
    DATA_EXPORT = "data.export"
    DATA_IMPORT = "data.import"
    EXPORTS_VIEW = "exports.view"
    INFORMATION_SEND = "information.send"
    INTERACTIONS_CORRECT = "interactions.correct"
    INTERACTIONS_LOG = "interactions.log"
    INTERACTIONS_VIEW = "interactions.view"
    MAILINGS_DRAFT = "mailings.draft"
    MAILINGS_SEND = "mailings.send"
    MAILINGS_VIEW = "mailings.view"
    MEASURES_EDIT = "measures.edit"
    MEASURES_VIEW = "measures.view"
    PRIVACY_APPROVE = "privacy.approve"
    PRIVACY_MANAGE = "privacy.manage"
    PROFILING_SET = "profiling.set"
    PUBLIC = "public"
    QUALITY_RATE = "quality.rate"
    REPORTS_MANAGE = "reports.manage"
    REPORTS_VIEW = "reports.view"
    SCORES_COMPUTE = "scores.compute"
    SCORES_CONFIGURE = "scores.configure"
    SCORES_REVIEW = "scores.review"
    SETTINGS_EDIT = "settings.edit"
    SIGNED_IN = "signed_in"
    SURVEYS_EDIT = "surveys.edit"
    SURVEYS_VIEW = "surveys.view"
    TEAM_VIEW = "team.view"
    TICKETS_ASSIGN = "tickets.assign"
    TICKETS_VIEW = "tickets.view"
    TICKETS_WORK = "tickets.work"
    TOUCHPOINTS_VIEW = "touchpoints.view"
    USERS_MANAGE = "users.manage"


P = Permission

_EVERYONE = {
    P.CONSENTS_VIEW,
    P.CUSTOMERS_VIEW,
    P.INTERACTIONS_VIEW,
    P.MAILINGS_VIEW,
    P.MEASURES_VIEW,
    P.PUBLIC,
    P.SIGNED_IN,
    P.SURVEYS_VIEW,
    P.TICKETS_VIEW,
    P.TOUCHPOINTS_VIEW,
}
_FRONT = {P.CONSENTS_RECORD, P.CUSTOMERS_EDIT, P.INTERACTIONS_LOG, P.TICKETS_WORK}
_SCORES = {P.SCORES_COMPUTE, P.SCORES_REVIEW}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.SALES: frozenset(_EVERYONE | _FRONT | {P.CUSTOMERS_DELETE, P.MAILINGS_DRAFT}),
    Role.AGENT: frozenset(_EVERYONE | _FRONT),
    Role.LEAD: frozenset(
        _EVERYONE
        | _FRONT
        | _SCORES
        | {
            P.ASSESSMENTS_OPEN,
            P.ATTRIBUTES_VIEW,
            P.CATALOGUES_EDIT,
            P.CUSTOMERS_DELETE,
            P.DATA_EXPORT,
            P.DATA_IMPORT,
            P.EXPORTS_VIEW,
            P.INFORMATION_SEND,
            P.INTERACTIONS_CORRECT,
            P.MAILINGS_DRAFT,
            P.MAILINGS_SEND,
            P.MEASURES_EDIT,
            P.QUALITY_RATE,
            P.REPORTS_VIEW,
            P.SURVEYS_EDIT,
            P.TEAM_VIEW,
            P.TICKETS_ASSIGN,
        }
    ),
    Role.MANAGER: frozenset(
        _EVERYONE
        | _SCORES
        | {
            P.ASSESSMENTS_OPEN,
            P.ATTRIBUTES_VIEW,
            P.DATA_EXPORT,
            P.EXPORTS_VIEW,
            P.INTERACTIONS_CORRECT,
            P.INTERACTIONS_LOG,
            P.MAILINGS_DRAFT,
            P.MAILINGS_SEND,
            P.MEASURES_EDIT,
            P.REPORTS_MANAGE,
            P.REPORTS_VIEW,
            P.SCORES_CONFIGURE,
            P.SURVEYS_EDIT,
            P.TEAM_VIEW,
        }
    ),
    Role.DPO: frozenset(
        _EVERYONE
        | {
            P.ATTRIBUTES_VIEW,
            P.AUDIT_VIEW,
            P.CONSENTS_RECORD,
            P.EXPORTS_VIEW,
            P.INFORMATION_SEND,
            P.PRIVACY_APPROVE,
            P.PRIVACY_MANAGE,
            P.PROFILING_SET,
            P.REPORTS_VIEW,
        }
    ),
    Role.ADMINISTRATOR: frozenset(
        _EVERYONE
        | _FRONT
        | _SCORES
        | {
            P.ASSESSMENTS_OPEN,
            P.ATTRIBUTES_DEFINE,
            P.ATTRIBUTES_VIEW,
            P.AUDIT_VIEW,
            P.CATALOGUES_EDIT,
            P.CUSTOMERS_DELETE,
            P.DATA_EXPORT,
            P.DATA_IMPORT,
            P.EXPORTS_VIEW,
            P.INTERACTIONS_CORRECT,
            P.MAILINGS_DRAFT,
            P.MAILINGS_SEND,
            P.MEASURES_EDIT,
            P.PRIVACY_APPROVE,
            P.REPORTS_VIEW,
            P.SCORES_CONFIGURE,
            P.SETTINGS_EDIT,
            P.SURVEYS_EDIT,
            P.TICKETS_ASSIGN,
            P.USERS_MANAGE,
        }
    ),
}


def role_may(role: Role, permission: Permission) -> bool:
    """True if the role map grants the permission; anything not granted is denied."""
    return permission in ROLE_PERMISSIONS[role]


def roles_with(permission: Permission) -> list[str]:
    """The codes of the roles to which the map grants the permission, for a statement that asks who may."""
    return [role.value for role in Role if role_may(role, permission)]

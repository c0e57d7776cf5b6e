"""Pages of accounts: log-in, one's own account, users, the company's settings, the audit trail."""

from litestar import Router

from crm.accounts.handlers import account, audit, login, passwords, second_factor, settings, users

router = Router(
    "",
    route_handlers=[
        *login.handlers, *passwords.handlers, *account.handlers, *second_factor.handlers, *users.handlers, *settings.handlers,
        *audit.handlers,
    ],
)  # fmt: skip

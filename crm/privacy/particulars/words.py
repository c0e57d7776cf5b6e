"""The labels of the particulars, in the order of the form."""

from crm.web.i18n import N_

LABELS = {
    "controller_contact": N_("Address and contact of the company"), "representative": N_("Management or representative"),
    "officer_name": N_("Officer for data protection"), "officer_contact": N_("Contact of the data protection officer"),
    "authority": N_("Supervisory authority"), "recipients": N_("Further recipients of data"),
    "third_countries": N_("Transfers to third countries"), "measures": N_("Further technical and organisational measures"),
    "log_months": N_("The access log is kept for (months)"),
}  # fmt: skip

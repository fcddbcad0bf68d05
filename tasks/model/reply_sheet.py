"""The reply sheet: what a vendor is shown of each span of the dispute sheet, and what it fills in.

Publishing prints it, the adapter `reply_sheet` reads it back. `sql/published/reply_rows.sql` and `sql/staged/reply_sheet__dispute.sql` seal
the printed cells in the order of `PRINTED`.
"""

from __future__ import annotations

WHERE = ("component", "start_at", "end_at", "length", "service", "customer_says", "vendor_says", "vendor_records", "customer_tickets")
ANSWERS = ("answer", "contested_start_at", "contested_end_at", "reason_code", "reason", "evidence", "answered_by", "answered_on")
BEHIND = (
    *("earlier_answer", "contract", "measure", "result", "credit_if_customer_holds", "credit_if_vendor_holds", "credit_on_agreed_time"),
    *("answer_before", "report", "report_as_of", "vendor", "row_key"),
)
SEAL = "row_seal"
PRINTED = (*WHERE, *BEHIND)
COLUMNS = (*WHERE, *ANSWERS, *BEHIND, SEAL)
LABELS = {  # headers of the workbook, for people
    "Component": "component",
    "From (UTC)": "start_at",
    "Until (UTC)": "end_at",
    "Length": "length",
    "Service": "service",
    "Customer says": "customer_says",
    "Vendor says": "vendor_says",
    "Vendor's records": "vendor_records",
    "Customer's tickets": "customer_tickets",
    "ANSWER": "answer",
    "Contested from (UTC)": "contested_start_at",
    "Contested until (UTC)": "contested_end_at",
    "Reason code": "reason_code",
    "Reason in words": "reason",
    "Evidence": "evidence",
    "Answered by (role)": "answered_by",
    "Answered on": "answered_on",
    "Your earlier answer": "earlier_answer",
    "Contract": "contract",
    "Measure": "measure",
    "Result": "result",
    "Credit if the customer's word holds": "credit_if_customer_holds",
    "Credit if the vendor's word holds": "credit_if_vendor_holds",
    "Credit on agreed time": "credit_on_agreed_time",
    "To be answered before": "answer_before",
    "Report": "report",
    "Report as of": "report_as_of",
    "Vendor": "vendor",
    "Row key": "row_key",
    "Row seal": SEAL,
}
ANSWER_WORDS = ("agree", "contest", "partly")
REASON_CODES = (
    *("not_down", "shorter", "not_ours", "planned_maintenance", "customer_caused", "force_majeure", "measurement_error"),
    *("not_covered", "other"),
)

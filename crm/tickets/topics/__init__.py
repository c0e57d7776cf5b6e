"""What an enquiry is about, suggested by rules that a lead keeps and judged by what agents correct."""

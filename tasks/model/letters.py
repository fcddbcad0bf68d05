"""Types of `reference/claims.yml`: what claim letters say that no record and no contract file holds, by contract (DOMAIN 7.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from tasks.model.form import Id, Slug, Stated, Strict, Text, refused

Lines = Annotated[tuple[Text, ...], Field(max_length=6)]


class Letter(Strict):
    """What the owner of one contract supplies for its claims.

    `subject` are the literal words the paper demands; `rights` its clause on rights reserved, word for word; `content` what the paper
    demands and the same text answers in every claim, by the name that `required_content` gives it; `account` goes before the contract's
    `billing_entity`. `addressee` and `sender` are lines of an address.
    """

    contract_id: Id
    account: Stated[Text] = None
    subject: Stated[Text] = None
    addressee: Lines = ()
    sender: Lines = ()
    rights: Stated[Text] = None
    content: Mapping[Slug, Text] = {}

    @property
    def supplied(self) -> dict[str, str]:
        """Return the content that it supplies, by name."""
        return dict(self.content) | ({"account": self.account} if self.account else {})


class ClaimLetters(Strict):
    """`claims.yml`."""

    schema_name: Literal["claims/1"] = Field(alias="schema")
    letters: tuple[Letter, ...]

    @model_validator(mode="after")
    def _names_each_contract_once(self) -> ClaimLetters:
        names = [letter.contract_id for letter in self.letters]
        if len(names) > len(set(names)):
            raise refused("REPEATED", "a contract has two letters", fix="keep one for each contract_id")
        return self

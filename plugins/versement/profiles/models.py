"""What a connector profile says, as frozen models. Field titles and descriptions are the French reference.

Loading from YAML is left to `load`, choosing a rule to `rules`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from versement.domain.mapping import Unusable, fit_for
from versement.domain.personal import HEALTH_TERMS
from versement.domain.tenant import TargetKind, Tenant
from versement.profiles.arbitrage import Arbitrage, Corrections
from versement.profiles.disposal import Disposal
from versement.profiles.drops import Drop
from versement.profiles.expectations import EXPECTATIONS, Expectation, told_apart
from versement.profiles.formats import FORMATS
from versement.profiles.forms import (
    Between,
    Cron,
    Departement,
    Email,
    Extension,
    Identifier,
    MimeType,
    Name,
    OptionalIdentifier,
    OptionalText,
    Prefecture,
    Seconds,
    Siren,
    Text,
    WastePattern,
    Whole,
    refusal,
)
from versement.profiles.local_deposit import LocalDeposit
from versement.profiles.management import ManagementRule
from versement.profiles.nomenclature import Nomenclature
from versement.profiles.policies import ANTIVIRUS, POLICIES, AntivirusUse, Policies
from versement.profiles.records import FIELDS, Branch, Family, FieldCode, FieldOrigin, UnitShape, check_branches
from versement.profiles.residue import WASTE
from versement.profiles.sources import SourceDeclaration
from versement.profiles.strict import Strict
from versement.profiles.visas import Visa


class Target(Strict):
    """Plateforme cible : un Vitam où verser."""

    name: Name = Field(title="Nom", description="Clé de la plateforme dans _targets.yaml.")
    label: Text = Field(title="Libellé", description="Nom montré aux personnes.")
    kind: TargetKind = Field(
        title="Nature",
        description="« essai » : ce qui y est accepté n’a pas de valeur d’archive et ne justifie aucune "
        "élimination. « production » : le système d’archivage en service.",
    )
    connection: Identifier = Field(
        title="Connexion",
        description="Identifiant de la connexion Airflow qui mène à cette plateforme, et à elle seule.",
    )
    poll_seconds: Annotated[Seconds, Between(1, 86400)] = Field(
        60.0,
        title="Intervalle d’interrogation",
        description="Secondes entre deux lectures d’une opération ; Vitam demande au moins une minute.",
    )
    longest_pause_seconds: Annotated[Seconds, Between(1, 86400)] = Field(
        900.0,
        title="Plus longue pause",
        description="Secondes entre deux appels à une plateforme qui ne répond plus : la pause double à chaque appel "
        "vain, jusqu’à cette durée.",
    )
    tenant_slots: Annotated[Whole, Between(1, 32)] = Field(
        2,
        title="Échanges par coffre",
        description="Dépôts et rapprochements d’un même coffre menés en même temps (places de son pool Airflow).",
    )
    deposit_slots: Annotated[Whole, Between(1, 64)] = Field(
        4,
        title="Envois simultanés",
        description="SIP envoyés en même temps à cette plateforme, tous coffres ensemble ; les autres attendent.",
    )
    index_delay_seconds: Annotated[Seconds, Between(0, 86400)] = Field(
        5.0,
        title="Délai d’indexation",
        description="Secondes au bout desquelles le journal de la plateforme montre une opération reçue.",
    )
    send_deadline_seconds: Annotated[Seconds, Between(1, 604800)] = Field(
        3600.0, title="Durée maximale d’un envoi", description="Secondes après lesquelles un envoi s’arrête."
    )
    lease_seconds: Annotated[Seconds, Between(1, 86400)] = Field(
        600.0,
        title="Durée d’un bail",
        description="Secondes pendant lesquelles une tentative réserve son versement ; renouvelé à l’envoi.",
    )
    send_tries: Annotated[Whole, Between(1, 1000)] = Field(
        5,
        title="Envois coupés admis",
        description="Nombre d’envois d’un même versement coupés avant leur fin, après lequel un opérateur est appelé.",
    )
    local_deposit: LocalDeposit | None = Field(
        None,
        title="Dépôt par chemin",
        description="Pour les SIP trop gros pour HTTPS ; absent : tous partent par HTTPS.",
    )
    maintenance: OptionalText = Field(
        "",
        title="Maintenance",
        description="Motif, montré aux personnes. Tant qu’il y en a un, rien n’est envoyé ni demandé à la plateforme : "
        "les tâches attendent. Lu à chaque passage, jamais figé avec la fiche.",
    )


class Agencies(Strict):
    """Services, par leur identifiant dans le référentiel des services agents du coffre."""

    archival: Identifier = Field(title="Service d’archives", description="ArchivalAgency du bordereau.")
    transferring: Identifier = Field(title="Service versant", description="TransferringAgency du bordereau.")
    originating: Identifier = Field(
        title="Service producteur", description="OriginatingAgencyIdentifier : la collectivité elle-même."
    )
    submission: Identifier = Field(title="Service de transfert", description="SubmissionAgencyIdentifier du bordereau.")


class DepartmentalArchives(Strict):
    """Archives départementales, qui donnent leur visa aux éliminations."""

    label: Text = Field(title="Libellé", description="Nom du service.")
    email: Email = Field("", title="Courriel", description="Adresse du service, si elle est connue.")


class TenantDeclaration(Strict):
    """Coffre : un tenant de Vitam, sur une plateforme."""

    number: Annotated[Whole, Between(0, 99999)] = Field(
        title="Numéro", description="Numéro du tenant, envoyé à Vitam (X-Tenant-Id)."
    )
    target: Name = Field(title="Plateforme", description="Nom de la plateforme, dans _targets.yaml.")


class Organisation(Strict):
    """Fiche d’une organisation : une collectivité qui verse ses propres archives."""

    name: Name = Field(title="Nom", description="Nom du dossier de l’organisation.")
    label: Text = Field(title="Libellé", description="Nom de la collectivité, montré aux personnes.")
    sirens: Annotated[tuple[Siren, ...], Field(min_length=1)] = Field(
        title="SIREN",
        description="SIREN dont les actes sont ceux de l’organisation ; tout autre est mis de côté.",
    )
    departement: Departement = Field(title="Département", description="Code en 3 caractères, comme 095.")
    prefecture: Prefecture = Field(title="Préfecture", description="Celle qui reçoit les actes.")
    archives_departementales: DepartmentalArchives = Field(
        title="Archives départementales", description="Service qui exerce le contrôle scientifique."
    )
    classification: OptionalText = Field(
        "",
        title="Classification",
        description="Fichier RetourClassification de la préfecture : chemin, depuis le dossier de cette fiche ou "
        "complet. La plus récente, de celle-ci et de celles du dépôt, donne les libellés des matières. Vide : celles "
        "du dépôt, sinon les deux niveaux nationaux.",
    )
    social_bodies: tuple[Siren, ...] = Field(
        (),
        title="CCAS et CIAS",
        description="SIREN, parmi ceux de l’organisation, de ses organismes d’aide sociale : tous leurs actes sont "
        "tenus pour individuels.",
    )
    tenants: Annotated[Mapping[Name, TenantDeclaration], Field(min_length=1)] = Field(
        title="Coffres", description="Coffres de l’organisation, par nom."
    )
    arbitrage: Arbitrage | None = Field(
        None, title="Arbitrage", description="Qui décide des documents mis de côté ; absent : personne n’est interrogé."
    )
    disposal: Disposal = Field(Disposal(), title="Éliminations", description="Bordereaux d’élimination et empreinte.")
    agencies: Agencies = Field(title="Services", description="Services nommés dans les bordereaux.")
    management_rules: tuple[ManagementRule, ...] = Field(
        title="Tableau des règles",
        description="La première ligne qui couvre un acte s’applique ; un acte qu’aucune ne couvre est mis "
        "de côté, car son accès est indéterminé.",
    )

    @field_validator("tenants")
    @classmethod
    def _each_its_own(cls, tenants: Mapping[str, TenantDeclaration]) -> Mapping[str, TenantDeclaration]:
        held = {(tenant.target, tenant.number) for tenant in tenants.values()}
        if len(held) < len(tenants):
            raise refusal("un numéro différent pour chaque coffre d’une plateforme", "deux fois le même")
        return tenants

    @field_validator("management_rules")
    @classmethod
    def _told_apart(cls, rules: tuple[ManagementRule, ...]) -> tuple[ManagementRule, ...]:
        names = [rule.name for rule in rules]
        for name in names:
            if names.count(name) > 1:
                raise refusal("un nom différent pour chaque règle", f"deux règles nommées « {name} »")
        return rules


class Connector(Strict):
    """Fiche de connecteur : une application source d’une organisation."""

    version: Annotated[Literal[2], BeforeValidator(lambda value: 2 if value == "2" else value)] = Field(
        title="Version",
        description="Version de ce format de fiche : 2. Une fiche de version 1 est lue comme une fiche d’actes.",
    )
    label: Text = Field(title="Libellé", description="Nom du connecteur, montré dans Airflow.")
    description: OptionalText = Field(
        "", title="Description", description="D’où viennent les documents, qui les dépose et quand."
    )
    family: Family = Field(
        "actes", title="Famille", description="Nature des documents : actes, marches, paie, agents ou documents."
    )
    tenant: Name = Field(title="Coffre", description="Nom du coffre, déclaré dans _organisation.yaml.")
    source: SourceDeclaration = Field(title="Source", description="D’où viennent les documents.")
    drop: Drop = Field(title="Dépôt", description="Comment les fichiers de la source font des documents.")
    corrections: Corrections = ""
    metadata: Mapping[FieldCode, FieldOrigin] = Field(
        {},
        title="Champs",
        description="D’où vient chaque champ ; complète ou remplace, champ par champ, ce que la famille prévoit.",
    )
    identity: tuple[FieldCode, ...] = Field(
        (),
        title="Identité",
        description="Champs qui, ensemble, font l’identité d’un document dans le coffre ; vide : ceux de la famille.",
    )
    required: tuple[FieldCode, ...] = Field(
        (),
        title="Obligatoires",
        description="Champs sans lesquels un document est mis de côté, en plus de son identité.",
    )
    tree: tuple[Branch, ...] | None = Field(
        None,
        title="Arbre",
        description="Unités au-dessus des documents, de haut en bas ; absent : celles de la famille.",
    )
    unit: UnitShape | None = Field(
        None, title="Unité", description="Unité d’un document ; absente : celle de la famille."
    )
    archival_agreement: Identifier = Field(
        title="Contrat d’entrée", description="Identifiant du contrat d’entrée de Vitam."
    )
    archival_profile: OptionalIdentifier = Field(
        "",
        title="Profil d’archivage",
        description="Identifiant, dans le référentiel du coffre, du profil d’archivage que nomme le bordereau "
        "(ArchivalProfile) ; vide : aucun n’est nommé. Le contrat d’entrée doit l’admettre.",
    )
    seda_version: Literal["2.1", "2.2", "2.3"] = Field(
        "2.2",
        title="Version du SEDA",
        description="Version des bordereaux et du profil d’archivage : 2.1, 2.2 ou 2.3. Un versement déjà préparé "
        "garde la sienne. Pour 2.3, l’opérateur installe d’abord les schémas officiels.",
    )
    series: Text = Field(
        title="Série", description="Série du plan de classement à laquelle le contrat rattache les séances."
    )
    acquisition_information: OptionalText = Field(
        "Versement", title="Modalités d’entrée", description="AcquisitionInformation du bordereau."
    )
    legal_status: Literal["Public Archive", "Private Archive", "Public and Private Archive"] = Field(
        "Public Archive", title="Statut juridique", description="LegalStatus du bordereau."
    )
    health_terms: tuple[Text, ...] = Field(
        HEALTH_TERMS,
        title="Termes de santé",
        description="Paie et agents : termes qui, dans un champ ou un nom, mettent le document de côté, sans égard à "
        "la casse, aux accents ni au pluriel. Une liste donnée ici remplace la liste par défaut ; vide : aucun.",
    )
    waste: tuple[WastePattern, ...] = Field(
        WASTE,
        title="Déchets",
        description="Motifs des noms de fichiers techniques (* et ? permis), ou de dossiers s’ils finissent par / : "
        "comptés et listés à part, jamais versés, jamais supprimés. Une liste donnée ici remplace celle par défaut.",
    )
    formats: Annotated[
        Mapping[Extension, Annotated[tuple[MimeType, ...], Field(min_length=1)]], Field(min_length=1)
    ] = Field(
        FORMATS,
        title="Formats",
        description="Types MIME admis pour chaque extension. Un tableau donné ici remplace le tableau par défaut.",
    )
    antivirus: AntivirusUse = ANTIVIRUS
    policies: Policies = POLICIES
    expectations: Annotated[tuple[Expectation, ...], AfterValidator(told_apart)] = EXPECTATIONS
    mixed_drop: Literal["set_aside_act", "set_aside_all"] = Field(
        "set_aside_act",
        title="Dépôt mêlé",
        description="Quand un acte d’une autre collectivité s’y trouve : set_aside_act met cet acte de côté ; "
        "set_aside_all met tout le dépôt de côté.",
    )
    schedule: Cron = Field("", title="Planification", description="Cron à cinq champs ; vide : déclenché à la main.")
    verification_sample: Annotated[Whole, Between(0, 10000)] = Field(
        5,
        title="Échantillon vérifié",
        description="Nombre d’objets relus dans Vitam et dont l’empreinte est recalculée, par versement.",
    )
    unit_cap: Annotated[Whole, Between(10, 99_999)] = Field(
        10_000,
        title="Unités par versement",
        description="Nombre maximal d’unités d’archives par versement, toutes comptées. Vitam va le plus vite vers "
        "10 000. Un document n’est jamais coupé : plus lourd que cette limite, il part seul.",
    )
    byte_cap: Annotated[Whole, Between(1_000_000, 100_000_000_000)] = Field(
        1_000_000_000,
        title="Octets par versement",
        description="Taille maximale d’un versement, en octets. Vitam conseille de rester sous 1 Go par HTTPS ; plus "
        "haut, déclarez un dépôt par chemin (local_deposit) dans _targets.yaml. Un "
        "document n’est jamais coupé : plus lourd que cette limite, il part seul.",
    )
    split_by: Literal["none", "rule"] = Field(
        "none",
        title="Séparation",
        description="none : un versement mêle tous les actes ; rule : il ne réunit que des actes de mêmes règles de "
        "gestion (durée et sort final, accès).",
    )

    @model_validator(mode="after")
    def _acts_have_their_own_layout(self) -> Self:
        acts = self.drop.layout == "actes"
        if acts != (self.family == "actes"):
            raise refusal("la forme de dépôt « actes » pour la famille actes, et pour elle seule", self.drop.layout)
        if acts and (self.metadata or self.identity or self.required or self.unit is not None):
            raise refusal("ni metadata, ni identity, ni required, ni unit pour la famille actes", "au moins l’un d’eux")
        check_branches(self.family, self.tree or ())
        return self

    @model_validator(mode="after")
    def _constants_fit_their_fields(self) -> Self:
        constants = [(name, origin.value) for name, origin in self.metadata.items() if origin.value]
        rules = () if self.drop.layout == "actes" else self.drop.patterns
        for name, text in (*constants, *(pair for rule in rules for pair in rule.values.items())):
            try:
                fit_for(FIELDS[name], text)
            except Unusable as error:
                raise refusal(f"une date, un mois ou une année pour « {name} »", "une autre valeur") from error
        return self


class Profile(Strict):
    """Une fiche résolue : connecteur, organisation, plateforme, rubriques des agents, fichiers nommés (empreintes)."""

    organisation: Organisation
    connector: Connector
    connector_name: Name
    target: Target
    nomenclature: Nomenclature | None = None
    files: Mapping[str, str] = {}
    visa: Visa | None = None

    @property
    def tenant(self) -> Tenant:
        declared = self.organisation.tenants[self.connector.tenant]
        return Tenant(self.organisation.name, self.connector.tenant, declared.number, declared.target, self.target.kind)

    @property
    def dag_id(self) -> str:
        return f"{self.organisation.name}.{self.connector_name}"

    def frozen(self) -> bytes:
        """Canonical JSON: same profile, same bytes. Later steps of a run read only this.

        A maintenance is about the target now, not about the run: it is left out (profiles.load.maintenance_of).
        """
        kept = self.model_dump(mode="json", exclude={"target": {"maintenance"}})
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()

    @classmethod
    def thaw(cls, data: bytes) -> Self:
        """Read back what `frozen` wrote."""
        return cls.model_validate_json(data)

"""What a partner may write wrongly, and what is said of it."""

from __future__ import annotations

PROFILE = "saint-aubin/deliberations.yaml"
ORGANISATION = "saint-aubin/_organisation.yaml"
TARGETS = "_targets.yaml"

INVALID = [
    (
        PROFILE,
        "tenant: actes",
        "tenent: actes",
        (
            "saint-aubin/deliberations.yaml, ligne 4, tenent : attendu un champ connu, trouvé « tenent ». "
            "Valeurs connues : version, label, "
        ),
    ),
    (PROFILE, "tenant: actes", "tenent: actes", "Vouliez-vous dire « tenant » ?"),
    (
        PROFILE,
        "tenant: actes",
        "tenent: actes",
        "ligne 1, tenant : attendu ce champ, trouvé rien. Ajoutez une ligne « tenant: … » (Coffre).",
    ),
    (
        PROFILE,
        "tenant: actes",
        "tenant: acte",
        (
            "ligne 4, tenant : attendu un coffre de l’organisation, trouvé « acte ». Valeurs connues : actes, marches. "
            "Vouliez-vous dire « actes » ?"
        ),
    ),
    (
        PROFILE,
        "version: 2",
        "version: 3",
        "ligne 1, version : attendu une valeur connue, trouvé « 3 ». Valeurs connues : 2. ",
    ),
    (
        PROFILE,
        "  layout: actes\n  index: optional",
        "  layout: index\n  file: [index.f]\n  encoding: latin-un",
        "drop.encoding : attendu auto, ou le nom d’un encodage, comme utf-8, latin-1, cp1252 ou utf-16, trouvé « ",
    ),
    (
        PROFILE,
        "series:",
        "policies:\n  FILE_EMPTYY: remark\nseries:",
        "policies.FILE_EMPTYY : attendu un champ connu, trouvé « FILE_EMPTYY ». Valeurs connues : FILE_EMPTY, ",
    ),
    (
        PROFILE,
        "series:",
        "policies:\n  INFECTED: accept\nseries:",
        "policies.INFECTED : attendu un champ connu, trouvé « INFECTED ».",
    ),
    (
        PROFILE,
        "series:",
        "policies:\n  NOT_SCANNED: ignore\nseries:",
        "policies.NOT_SCANNED : attendu une valeur connue, trouvé « ignore ». Valeurs connues : set_aside, ",
    ),
    (
        PROFILE,
        "series:",
        "expectations:\n  - {name: a, column: title, expect: length_between, least: 3}\nseries:",
        "expectations[1] : attendu pour length_between : least et most, trouvé least.",
    ),
    (
        PROFILE,
        "series:",
        "expectations:\n  - {name: a, column: number, expect: matches, pattern: '('}\nseries:",
        (
            "expectations[1].pattern : attendu une expression régulière simple, sans répétition ni choix dans une "
            "répétition, trouvé « ( »."
        ),
    ),
    (
        PROFILE,
        "series:",
        "expectations:\n  - {name: a, column: title, expect: length_between, least: 10, most: 3}\nseries:",
        "expectations[1] : attendu la plus petite borne, puis la plus grande, trouvé l’inverse",
    ),
    (
        PROFILE,
        "series:",
        "expectations:\n- {name: a, column: date, expect: date_between, first: 2026-05-01, last: 2026-04-30}\nseries:",
        "expectations[1] : attendu la plus petite borne, puis la plus grande, trouvé l’inverse",
    ),
    (
        PROFILE,
        "series:",
        "expectations:\n- {name: a, column: date, expect: date_between, first: 2026-02-30, last: 2026-04-30}\nseries:",
        "expectations[1].first : attendu un jour AAAA-MM-JJ, ou rien, trouvé « 2026-02-30 ».",
    ),
    (
        PROFILE,
        "series:",
        "expectations:\n  - {name: a, column: titre, expect: not_null}\nseries:",
        "expectations[1].column : attendu un champ connu (",
    ),
    (
        PROFILE,
        "series:",
        "expectations:\n  - {name: a, column: title, expect: one_of_formats, values: [fmt/95]}\nseries:",
        "expectations[1] : attendu la donnée « format » avec one_of_formats, et elle seule, trouvé « title ».",
    ),
    (
        PROFILE,
        "series:",
        (
            "expectations:\n  - {name: a, column: title, expect: not_null}\n"
            "  - {name: a, column: date, expect: not_null}\nseries:"
        ),
        "attendu un nom différent pour chaque attente, trouvé deux attentes nommées « a ».",
    ),
    (
        PROFILE,
        "index: optional",
        "index: optionnal",
        (
            "index : attendu une valeur connue, trouvé « optionnal ». Valeurs connues : required, optional, none. "
            "Vouliez-vous dire « optional » ?"
        ),
    ),
    (
        PROFILE,
        "index: optional",
        "index: optional\nseda_version: 2.0",
        "seda_version : attendu une valeur connue, trouvé « 2.0 ». Valeurs connues : 2.1, 2.2, 2.3.",
    ),
    (
        PROFILE,
        "type: sftp",
        "type: ftp",
        "source : attendu une valeur connue, trouvé « ftp ». Valeurs connues : sftp, folder, s3, http, pastell.",
    ),
    (PROFILE, "  type: sftp\n", "", "ligne 5, source : attendu un champ « type », trouvé rien."),
    (
        PROFILE,
        "  folder: /deliberations\n",
        "",
        "ligne 5, source.folder : attendu ce champ, trouvé rien. Ajoutez une ligne « folder: … » (Dossier).",
    ),
    (
        PROFILE,
        "  folder: /deliberations\n",
        "  folder: /deliberations\n  pasword: secret-à-taire\n",
        (
            "ligne 9, source.pasword : attendu un champ connu, trouvé « pasword ». "
            "Valeurs connues : type, connection, folder, arrivals, receipt."
        ),
    ),
    (PROFILE, "  folder: /deliberations\n", "  folder: {a: b}\n", "source.folder : attendu un texte, trouvé"),
    (
        PROFILE,
        "index: optional",
        "index: optional\nunit_cap: beaucoup",
        "unit_cap : attendu un nombre entier, trouvé « beaucoup ».",
    ),
    (
        PROFILE,
        "index: optional",
        "index: optional\nunit_cap: 100000",
        "unit_cap : attendu un nombre de 10 à 99999, trouvé « 100000 ».",
    ),
    (
        PROFILE,
        "index: optional",
        "index: optional\nbyte_cap: 1 Go",
        "byte_cap : attendu un nombre entier, trouvé « 1 Go ».",
    ),
    (
        PROFILE,
        "index: optional",
        "index: optional\nsplit_by: rules",
        (
            "split_by : attendu une valeur connue, trouvé « rules ». Valeurs connues : none, rule. "
            "Vouliez-vous dire « rule » ?"
        ),
    ),
    (
        PROFILE,
        "index: optional",
        "index: optional\nwaste: Thumbs.db",
        "waste : attendu une liste (« [a, b] », ou une ligne « - a » par valeur), trouvé « Thumbs.db ».",
    ),
    (
        PROFILE,
        "index: optional",
        "index: optional\nwaste: [Thumbs.db, '*.pdf']",
        (
            "waste[2] : attendu un motif de nom de fichier qui n’écarte pas tout, comme Thumbs.db ou *.tmp, ou de "
            "dossier, comme .cache/, trouvé « *.pdf »"
        ),
    ),
    (
        PROFILE,
        "index: optional",
        "index: optional\nwaste: ['20*/']",
        "ou de dossier, comme .cache/, trouvé « 20*/ »",
    ),
    (
        PROFILE,
        "index: optional",
        "index: optional\nformats: {.PDF: [application/pdf]}",
        "formats..PDF : attendu une extension en minuscules, sans point, trouvé « .PDF »",
    ),
    (
        PROFILE,
        "index: optional",
        "index: optional\nschedule: 0 25 * * *",
        "schedule : attendu cinq champs cron en chiffres, comme 30 6 * * 1-5, ou rien, trouvé « 0 25 * * * »",
    ),
    (
        PROFILE,
        "index: optional",
        "index: optional\n  index: none",
        "ligne 12, drop.index : attendu ce champ une seule fois, trouvé une seconde fois (première : ligne 11).",
    ),
    (PROFILE, "tenant: actes", "tenant: &coffre actes", "trouvé une ancre ou un renvoi"),
    (PROFILE, "tenant: actes", "tenant: *coffre", "trouvé une ancre ou un renvoi"),
    (PROFILE, "tenant: actes", "tenant: !!python/name:os.system actes", "trouvé un type imposé (!)."),
    (
        PROFILE,
        "tenant: actes",
        "\ttenant: actes",
        "ligne 4 : attendu des espaces en début de ligne, trouvé une tabulation.",
    ),
    (PROFILE, "version: 2", "---\nversion: 2\n---", "ligne 3 : attendu une seule fiche, trouvé une seconde"),
    (
        ORGANISATION,
        "219509908",
        "219509907",
        (
            "saint-aubin/_organisation.yaml, ligne 3, sirens[1] : attendu un SIREN : 9 chiffres, le dernier étant "
            "la clé, trouvé « 219509907 »."
        ),
    ),
    (ORGANISATION, 'departement: "095"', "departement: 95", "un code de département en 3 caractères"),
    (
        ORGANISATION,
        "tenants:",
        "disposal:\n  holds:\n    - {name: gel, reason: m, since: 2026-01-01, rules: [deliberation]}\ntenants:",
        "disposal.holds[1].rules[1] : attendu un nom connu de l’organisation, trouvé « deliberation ».",
    ),
    (
        ORGANISATION,
        "tenants:",
        "disposal:\n  holds:\n    - {name: gel, reason: m, since: 2026-01-01, connectors: [autre]}\ntenants:",
        "disposal.holds[1].connectors[1] : attendu un nom connu de l’organisation, trouvé « autre ».",
    ),
    (
        ORGANISATION,
        "tenants:",
        "disposal:\n  holds:\n    - {name: gel, reason: m, since: 2026-01-01}\ntenants:",
        "attendu au moins une règle (rules), un connecteur (connectors) ou une référence (references)",
    ),
    (
        ORGANISATION,
        "-23\n      validated: false",
        "-23\n      validated: non",
        "validated : attendu true ou false, trouvé « non ».",
    ),
    (
        ORGANISATION,
        "natures: [DE]",
        "natures: [1]",
        (
            "management_rules[1].natures[1] : attendu une valeur connue, trouvé « 1 ». "
            "Valeurs connues : DE, AR, AI, CC, BF, AU."
        ),
    ),
    (
        ORGANISATION,
        "natures: [DE]",
        "natures: []",
        "attendu les natures d’actes que cette ligne couvre (natures), trouvé aucune",
    ),
    (
        ORGANISATION,
        "      article: L213-1\n",
        "",
        (
            "management_rules[1].access.article : attendu ce champ, trouvé rien. "
            "Ajoutez une ligne « article: … » (Article)."
        ),
    ),
    (
        ORGANISATION,
        "target: demo",
        "target: prod",
        (
            "saint-aubin/_organisation.yaml, ligne 10, tenants.actes.target : attendu une plateforme déclarée, "
            "trouvé « prod ». Valeurs connues : demo."
        ),
    ),
    (
        ORGANISATION,
        "  actes: {number: 2, target: demo}",
        "  actes: {number: 2, target: demo}\n  autres: {number: 2, target: demo}",
        "tenants : attendu un numéro différent pour chaque coffre d’une plateforme, trouvé deux fois le même.",
    ),
    (
        ORGANISATION,
        "number: 2",
        "number: 3",
        (
            "ligne 10, tenants.actes.number : attendu un coffre qui ne soit qu’à cette organisation, trouvé le n° 3 de "
            "la plateforme « demo », déclaré aussi par « maurecy »."
        ),
    ),
    (
        ORGANISATION,
        "name: actes-reglementaires",
        "name: deliberations",
        "management_rules : attendu un nom différent pour chaque règle, trouvé deux règles nommées « deliberations ».",
    ),
    (ORGANISATION, "sirens:", "name: autre\nsirens:", "name : attendu aucun champ « name », car le nom est déjà"),
    (TARGETS, "kind: essai", "kind: test", "_targets.yaml, ligne 4, kind : attendu une valeur connue, trouvé"),
    (TARGETS, "poll_seconds: 2", "poll_seconds: 2s", "poll_seconds : attendu un nombre de secondes, trouvé « 2s »"),
]

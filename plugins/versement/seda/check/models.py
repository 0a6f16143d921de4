"""What Vitam's grammar lets each element of an `ArchiveTransfer` contain, for SEDA 2.1, 2.2 and 2.3.

One type a line: `Name [attributes] = content model`, or `Name [attributes] ~ simple type`. In a model, `Element:type`;
without a type it is the type of the element's own name, else `nonEmpty`. `{2.2+}` and `{2.2-}` keep a particle to
versions from, or up to, 2.2; what is gone is no extension either. `ANY` is an extension point. In attributes, `!` is
required. The order of elements is that of Vitam 7's own schema, which takes more than the official one
(`UpdateOperation`, `HoldRule` in 2.1, extensions).
"""

from __future__ import annotations

VERSIONS = ("2.1", "2.2", "2.3")

END_OF_CONTENT = {
    "2.1": "(Signature* | Gps? | SigningInformation?)",
    "2.2": "(SigningInformation | (Signature*, Gps?, OriginatingSystemIdReplyTo?, TextContent*))?",
    "2.3": "Signature{2.2-}*, SigningInformation?, Gps?, OriginatingSystemIdReplyTo?, TextContent*,"
    " PersistentIdentifier*",
}
"""End of `Content`; in 2.1 and 2.2, Vitam makes exclusive what the official schema lists in sequence."""

GROUPS = {
    "AGENT": "((Corpname:string | (FirstName:string?, BirthName:string?, FullName:string?, GivenName:string?, Gender?,"
    " BirthDate:date?, BirthPlace:place?, DeathDate:date?, DeathPlace:place?, Nationality*)), Identifier*)",
    "BUSINESS": "Function:text*, Activity:text*, Position:text*, Role:text*, Mandate:text*",
    "RULES": "(Rule:ruleId, StartDate:date?)*",
    "INHERITANCE": "(PreventInheritance:boolean | RefNonRuleId:ruleId+)?",
    "MANAGEMENT": "StorageRule?, AppraisalRule?, AccessRule:rule?, DisseminationRule:rule?, ReuseRule:rule?,"
    " ClassificationRule?, LogBook?, NeedAuthorization:boolean?, HoldRule?, UpdateOperation?, ANY*",
    "OBJECT": "DataObjectProfile:identifier{2.2+}?, DataObjectSystemId?, DataObjectGroupSystemId?, Relationship*,"
    " (DataObjectGroupReferenceId:IDREF | DataObjectGroupId:ID)?, DataObjectVersion?,"
    " PersistentIdentifier{2.3+}*, DataObjectUse{2.3+}?, DataObjectNumber:integer{2.3+}?",
    "EVENT": "EventIdentifier?, EventTypeCode?, EventType?, EventDateTime:anyDate, EventDetail:text?, Outcome?,"
    " OutcomeDetail?, OutcomeDetailMessage?, EventDetailData?, LinkingAgentIdentifier{2.2+}*, ANY*",
}

TYPES = """
ArchiveTransfer [] = Comment:text*, Date:dateTime, MessageIdentifier:identifier, Signature:open?,
  ArchivalAgreement:identifier?, CodeListVersions, DataObjectPackage?, RelatedTransferReference:identifier*,
  TransferRequestReplyIdentifier:identifier?, ArchivalAgency:organization, TransferringAgency:organization
CodeListVersions [] = ReplyCodeListVersion:code?, MessageDigestAlgorithmCodeListVersion:code?,
  MimeTypeCodeListVersion:code?, EncodingCodeListVersion:code?, FileFormatCodeListVersion:code?,
  CompressionAlgorithmCodeListVersion:code?, DataObjectVersionCodeListVersion:code?, StorageRuleCodeListVersion:code?,
  AppraisalRuleCodeListVersion:code?, AccessRuleCodeListVersion:code?, DisseminationRuleCodeListVersion:code?,
  ReuseRuleCodeListVersion:code?, ClassificationRuleCodeListVersion:code?, HoldRuleCodeListVersion:code{2.2+}?,
  AcquisitionInformationCodeListVersion:code?, AuthorizationReasonCodeListVersion:code?,
  RelationshipCodeListVersion:code?, ANY*
DataObjectPackage [] = (DataObjectGroup | BinaryDataObject | PhysicalDataObject)*, DescriptiveMetadata,
  ManagementMetadata
DataObjectGroup [id!:ID] = (BinaryDataObject | PhysicalDataObject)*, LogBook:objectLogBook?
BinaryDataObject [id!:ID] = OBJECT, ((Attachment | Uri:string)?, MessageDigest)?, Size:size?, Compressed?,
  FormatIdentification?, FileInfo?, Metadata?, OtherMetadata:open?
PhysicalDataObject [id!:ID] = OBJECT, PhysicalId:identifier?, PhysicalDimensions?, ANY*
Relationship [target!:IDREF type!] =
Attachment [filename uri] ~ base64
MessageDigest [algorithm!] ~ binary
Compressed [algorithm! uncompressedSize!:size] ~ string
FormatIdentification [] = FormatLitteral:string?, MimeType?, FormatId?, Encoding?
FileInfo [] = Filename:string, CreatingApplicationName:string?, CreatingApplicationVersion:string?,
  DateCreatedByApplication:dateTime?, CreatingOs:string?, CreatingOsVersion:string?, LastModified:dateTime?
Metadata [] = (Text:open | Document:open | Image:open | Audio:open | Video:open | ANY)?
PhysicalDimensions [] = Width:measure?, Height:measure?, Depth:measure?, Shape:string?, Diameter:measure?,
  Length:measure?, Thickness:measure?, Weight:weight?, NumberOfPage:integer?
objectLogBook [] = Event:objectEvent*
objectEvent [] = EVENT, DataObjectReferenceId:IDREF?
PersistentIdentifier [] = PersistentIdentifierType, PersistentIdentifierOrigin?, PersistentIdentifierReference?,
  PersistentIdentifierContent
DescriptiveMetadata [] = ArchiveUnit*
ArchiveUnit [id!:ID] = ArchiveUnitRefId:IDREF | (ArchiveUnitProfile:identifier?, Management?, Content,
  (ArchiveUnit | DataObjectReference | DataObjectGroup:existingGroup | ANY)*)
DataObjectReference [id:ID] = DataObjectReferenceId:IDREF | DataObjectGroupReferenceId:IDREF
existingGroup [id:ID] = DataObjectGroupExistingReferenceId
Management [] = MANAGEMENT
StorageRule [] = RULES, INHERITANCE, FinalAction:storageAction
AppraisalRule [] = RULES, INHERITANCE, FinalAction:appraisalAction
rule [] = RULES, INHERITANCE
ClassificationRule [] = RULES, ClassificationAudience?, INHERITANCE, ClassificationLevel, ClassificationOwner,
  ClassificationReassessingDate:date?, NeedReassessingAuthorization:boolean?
HoldRule [] = (Rule:ruleId, StartDate:date?, HoldEndDate:date?, HoldOwner?, HoldReassessingDate:date?, HoldReason?,
  PreventRearrangement:boolean?)*, INHERITANCE
LogBook [] = Event+
UpdateOperation [] = (SystemId:string | ArchiveUnitIdentifierKey)?, ANY*
ArchiveUnitIdentifierKey [] = MetadataName:string, MetadataValue:string
ManagementMetadata [] = ArchivalProfile:identifier?, ServiceLevel:identifier?, AcquisitionInformation?,
  LegalStatus:legalStatus?, OriginatingAgencyIdentifier:identifier?, SubmissionAgencyIdentifier:identifier?, MANAGEMENT
Content [] = DescriptionLevel:level?, Title:text*, FilePlanPosition*, SystemId*, OriginatingSystemId*,
  ArchivalAgencyArchiveUnitIdentifier*, OriginatingAgencyArchiveUnitIdentifier*,
  TransferringAgencyArchiveUnitIdentifier*, Description:text*, CustodialHistory?, Type:text?, DocumentType:text?,
  Language:language*, DescriptionLanguage:language?, Status?, Version:string?, Tag*, Keyword*, Coverage?,
  OriginatingAgency:organization?, SubmissionAgency:organization?, Agent:agent*, AuthorizedAgent:agent*, Writer:agent*,
  Addressee:agent*, Recipient:agent*, Transmitter:agent*, Sender:agent*, Source:string?, RelatedObjectReference?,
  CreatedDate:anyDate?, TransactedDate:anyDate?, AcquiredDate:anyDate?, SentDate:anyDate?, ReceivedDate:anyDate?,
  RegisteredDate:anyDate?, StartDate:anyDate?, EndDate:anyDate?, DateLitteral{2.2+}?, Event*, END_OF_CONTENT, ANY*
CustodialHistory [] = CustodialHistoryItem:historyItem+, CustodialHistoryFile:DataObjectReference?
historyItem [when:anyDate] ~ string
Keyword [id:ID] = KeywordContent:text, KeywordReference:identifier?, KeywordType:keywordType?
Coverage [] = Spatial:text*, Temporal:text*, Juridictional:text*
organization [] = Identifier:identifier, OrganizationDescriptiveMetadata:open?
agent [] = AGENT, BUSINESS
place [] = (Geogname:string | Address:string | PostalCode:string | City:string | Region:string | Country:string)*
RelatedObjectReference [] = IsVersionOf:related*, Replaces:related*, Requires:related*, IsPartOf:related*,
  References:related*
related [] = ArchiveUnitRefId:IDREF | DataObjectReference | RepositoryArchiveUnitPID | RepositoryObjectPID
  | ExternalReference
Event [] = EVENT
LinkingAgentIdentifier [] = LinkingAgentIdentifierType?, LinkingAgentIdentifierValue?, LinkingAgentRole?
Signature [] = Signer+, Validator, Masterdata:code?, ReferencedObject
Signer [] = AGENT, SigningTime:dateTime, BUSINESS
Validator [] = AGENT, ValidationTime:dateTime, BUSINESS
ReferencedObject [] = SignedObjectId:IDREF, SignedObjectDigest:MessageDigest
SigningInformation [] = SigningRole:signingRole+, DetachedSigningRole:detachedRole*, SignedDocumentReferenceId:IDREF*,
  SignatureDescription*, TimestampingInformation*, AdditionalProof*, Extended:open?
SignatureDescription [] = Signer?, Validator?, SigningType?
TimestampingInformation [] = TimeStamp:dateTime?, AdditionalTimestampingInformation?
AdditionalProof [] = AdditionalProofInformation*
Gps [] = GpsVersionID:string?, GpsAltitude:integer?, GpsAltitudeRef:string?, GpsLatitude:string?,
  GpsLatitudeRef:string?, GpsLongitude:string?, GpsLongitudeRef:string?, GpsDateStamp:string?
text [] ~ string
identifier [schemeID schemeName schemeAgencyID schemeAgencyName schemeVersionID schemeDataURI schemeURI] ~ string
code [listID listAgencyID listAgencyName listName listVersionID name languageID listURI listSchemeURI] ~ nonEmpty
ruleId [id:ID] ~ nonEmpty
keywordType [listVersionID] ~ keyword
measure [unit!:unit] ~ decimal
weight [unit!:weightUnit] ~ decimal
"""

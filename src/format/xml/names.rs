//! Every element name of pain.001, pain.002, pain.008, camt.029, camt.052, camt.053, camt.054 and camt.055: what a
//! reader passes over because it carries nothing for us, told from what nobody has heard of.

/// Whether ISO 20022 has an element of this name in one of these messages.
pub(super) fn is_known(name: &str) -> bool {
    NAMES.split_ascii_whitespace().any(|known| known == name)
}

/// The names, in alphabetical order.
const NAMES: &str = "\
    ATBLZ AUBSBs AUBSBx Accptd AccptncDtTm Acct AcctOwnrTxId AcctSvcrRef AcctSvcrTxId ActlDt AddtlCardData AddtlInf \
    AddtlInfInd AddtlNtfctnInf AddtlNtryInf AddtlPdctInf AddtlRmtInf AddtlRptInf AddtlRtrRsnInf AddtlStmtInf AddtlSvc \
    AddtlTxInf AdjstmntAmtAndRsn AdmstnZn AdmstnZone Adr AdrLine AdrTp Aggtd AggtdNtry Agt AlnRegnNb AmdmntInd \
    AmdmntInfDtls Amt AmtDtls AmtsdVal AnncdPstngAmt AnyBIC ApprvlNb Assgne Assgnmt AssgnmtCxlConf Assgnr \
    AttndncCntxt AttndntLang AttndntMsgCpbl AuthntcnMtd AuthntcnNtty Authrty AuthrtyCtry AuthrtyNm Authstn Avlbty \
    BBAN BEI BIC BICFI BICOrBEI Bal BdryAmt BirthDt BkPtyId BkToCstmrAcctRpt BkToCstmrAcctRptV01 \
    BkToCstmrDbtCdtNtfctn BkToCstmrDbtCdtNtfctnV01 BkToCstmrStmt BkTxCd BldgNb BldgNm BookgDt Br BrnchId Btch \
    BtchBookg CACPA CHBC CHSIC CSCMgmt CSCVal Card CardBrnd CardCtryCd CardDataNtryMd CardPres CardRdngCpblties \
    CardSctyCd CardSeqNb CardTx CareOf Case Ccy CcyOfTrf CcyXchg Cd CdOrPrtry CdtAdvc CdtDbtInd CdtLine CdtNoteAmt \
    CdtNtries CdtTrfMndt CdtTrfTpId CdtTrfTxInf Cdtr CdtrAcct CdtrAgt CdtrAgtAcct CdtrCtryOfRes CdtrRef CdtrRefInf \
    CdtrRefTp CdtrSchmeId CdtrTaxId CdtrTaxTp CertId ChanlTp ChqFr ChqInstr ChqMtrtyDt ChqNb ChqTp ChrgBr ChrgInclInd \
    Chrgs ChrgsAcct ChrgsAcctAgt ChrgsAmt ChrgsInf CityOfBirth ClmNonRct ClmNonRctDtls ClrChanl ClrSys ClrSysId \
    ClrSysMmbId ClrSysRef Clssfctn CmbndId CmonId Cmpnt CntPerPrd CntrValAmt ComssnWvrInd Conf ConfdAmt ConfdDt \
    CorpActn CorpActnEvtId Cpblties CpyDplctInd CrdhldrPres CrdhldrVrfctnCpblties CreDtTm Cretr CrrctnTx CshDpst \
    CstmrCdtTrfInitn CstmrDrctDbtInitn CstmrNb CstmrPmtCxlReq CstmrPmtStsRpt CtctDtls Ctgy CtgyDesc CtgyDtls CtgyPurp \
    CtrPtyMktInfrstrctrTxId CtrctId CtrlData CtrlSum Ctry CtryOfBirth CtryOfRes CtrySubDvsn CxlDtls CxlId CxlRsnInf \
    CxlStsId CxlStsRsnInf DEBLZ DUNS DbtAdvc DbtCdtRptgInd DbtNtries DbtPurp Dbtr DbtrAcct DbtrAgt DbtrAgtAcct \
    DbtrCtryOfRes DbtrSts DbtrTaxId DealPric Dept Desc DgtlTknUnit DispCpblties DispTp DlvrTo DlvrgAgt DlvryMtd \
    DmstAcct DocRefNb Domn DplctOf DrctDbtMndt DrctDbtTx DrctDbtTxInf DrvrsLicNb DscntApldAmt DstrctNm Dt \
    DtAndPlcOfBirth DtOfSgntr DtOfVrfctn DtPrcd DtTm DtldCtrlSum DtldNbOfTxs DtldSts Dtls DuePyblAmt EANGLN EQAmt \
    EQSeq ESNCC ElctrncAdr ElctrncSeqNb ElctrncSgntr EmailAdr EmailPurp EndDt EndToEndId Envlp EqvtAmt EvtId EvtTp \
    FaceAmt FaxNb FcstInd FctvDt FinInstnId FinInstrmId FllbckInd Flr Fmly FmlyMdclInsrncInd FnlAgt FnlAgtAcct \
    FnlColltnDt FnlPmtDt FnlPty FrAmt FrDt FrDtTm FrSeq FrToAmt FrToDt FrToSeq FrmsCd Frqcy FrstAgt FrstColltnDt \
    FrstPmtDt FrstTx FwdgAgt GBSC Grnshee GrnshmtAdmstr GrnshmtRmt GrpCxl GrpCxlId GrpCxlSts GrpHdr GrpId GrpSts Grpg \
    HKNCC IBAN IBEI ICCRltdData IENSC ISIN ITNCC Id IdTp IdntyCardNb Incl Indv Inf InitgPty InitnSrc InstdAgt \
    InstdAmt InstdRmbrsmntAgt InstdRmbrsmntAgtAcct InstgAgt InstgRmbrsmntAgt InstgRmbrsmntAgtAcct InstrCpy \
    InstrForCdtrAgt InstrForDbtrAgt InstrForFnlAgt InstrForFrstAgt InstrId InstrInf InstrPrty IntrBkSttlmAmt \
    IntrBkSttlmDt IntraBalMvmntId IntraPosMvmntId IntrmyAgt1 IntrmyAgt1Acct IntrmyAgt2 IntrmyAgt2Acct IntrmyAgt3 \
    IntrmyAgt3Acct Intrst Invcee Invcr IssgAgt Issr JobTitl LEI LastPgInd LastTx LclInstrm LglSeqNb LineDtls \
    LineWidth ManfctrId Mdl MemoFld MktInfrstrctrTxId MmbId MndtId MndtRltdInf MobNb ModDtls MplyeeTermntnInd \
    MplyrIdNb MsgId MsgNmId MsgPgntn MsgRcpt MssngCoverInd Mtd NEQAmt NEQSeq NZNCC Nb NbOfDays NbOfLines NbOfNotes \
    NbOfNtries NbOfTxs NbOfTxsPerCxlSts NbOfTxsPerSts Nm NmAndAdr NmPrfx NoteDnmtn Ntfctn NtfctnPgntn Ntry NtryDtls \
    NtryRef OffclCorpActnEvtId OnLineCntxt OnLineCpblties OrgId OrgnlAndCurFaceAmt OrgnlBizQry OrgnlBkTxCd \
    OrgnlCdtrAgt OrgnlCdtrAgtAcct OrgnlCdtrSchmeId OrgnlClrSysRef OrgnlCreDtTm OrgnlCtrlSum OrgnlDbtr OrgnlDbtrAcct \
    OrgnlDbtrAgt OrgnlDbtrAgtAcct OrgnlEndToEndId OrgnlFnlColltnDt OrgnlFrqcy OrgnlGrpCxlId OrgnlGrpInf \
    OrgnlGrpInfAndCxl OrgnlGrpInfAndSts OrgnlInstdAmt OrgnlInstrId OrgnlIntrBkSttlmAmt OrgnlIntrBkSttlmDt OrgnlMndtId \
    OrgnlMsgId OrgnlMsgNmId OrgnlNbOfTxs OrgnlNxtAgt OrgnlPmtInfAndCxl OrgnlPmtInfAndSts OrgnlPmtInfCxlId \
    OrgnlPmtInfId OrgnlReqdColltnDt OrgnlReqdExctnDt OrgnlRsn OrgnlStsRsn OrgnlTrckgDays OrgnlTxId OrgnlTxRef \
    OrgnlUETR OrgtgPty Orgtr Othr OthrId OthrTxId Ownr PAN POI POICmpntTp PTNCC Pctg PctgRate Pdct PdctAmt PdctCd \
    PdctQty PgNb PhneNb PlainCardData PlcAndNm PmtCntxt PmtCxlId PmtId PmtInf PmtInfCxl PmtInfCxlSts PmtInfId \
    PmtInfSts PmtMtd PmtMtdByFrstAgt PmtRmtId PmtSchme PmtTpInf PmtTx PoolId PoolgAdjstmntDt PrcgId Prd PreNtfctnDt \
    PreNtfctnId PrePdAcct PrefrdMtd Pric PrtLctn PrtLineWidth Prtry PrtryAcct PrtryAmt PrtryCd PrtryId PrtryInf Prty \
    PrvcOfBirth Prvdr PrvtId Prxy PsptNb PssblDplctInstr PstBx PstCd PstlAdr PtInTm Pty Purp QtnDt Qty RUCB Rate \
    RateTp Rcrd RcvgAgt RePresntmntRsn Ref RefNb Refs RegnId ReopCaseIndctn ReqdAdvcTp ReqdColltnDt ReqdExctnDt \
    RfrdDocAmt RfrdDocInf RfrdDocNb RfrdDocRltdDt RfrdDocTp RgltryDtls RgltryRptg RgnlClrZone Rjctd RjctdMod RjctnRsn \
    RltdAcct RltdAgts RltdCorpActn RltdDt RltdDts RltdPric RltdPties RltdQties RltdRefs RltdRmtInf RmtAmtAndTp RmtId \
    RmtInf RmtLctnDtls RmtLctnElctrncAdr RmtLctnMtd RmtLctnPstlAdr RmtdAmt Room Rpt RptPgntn RptgSeq RptgSrc \
    RsltnOfInvstgtn RsltnRltdInf RslvdCase Rsn Rspnsblty RtrInf RtrOrgtr RtrRsn RvslInd SaleRcncltnId SaleRefNb \
    SchmeNm SclSctyNb SctiesSttlmTxId SeqNb SeqNbRg SeqTp SfkpgAcct Sfx Sgntr ShrtNm SplmtryData SrcCcy SrlNb StartDt \
    Stmt StmtDtls StmtPgntn Strd StrtNm Sts StsId StsRsnInf SttlmAcct SttlmInf SttlmMtd SttlmPlc SttlmPrty SubDept \
    SubFmlyCd SubTp Sum SvcCd SvcLvl Svcr SysNm Tax TaxAmt TaxDt TaxId TaxIdNb TaxRefNb TaxRmt TaxTp TaxTpInf \
    TaxblBaseAmt TechInptChanl ThrdRmbrsmntAgt ThrdRmbrsmntAgtAcct Titl ToAmt ToDt ToDtTm ToSeq Tp \
    TradActvtyCtrctlSttlmDt TradDt TradId TradgPty TrckData TrckNb TrckVal TrckgDays TrckrData TrckrRcrd TrgtCcy \
    TtlAmt TtlCdtNtries TtlChrgsAndTaxAmt TtlDbtNtries TtlIntrstAndTaxAmt TtlNetNtry TtlNetNtryAmt TtlNtries \
    TtlNtriesPerBkTxCd TtlTaxAmt TtlTaxblBaseAmt TwnLctnNm TwnNm Tx TxAmt TxChanl TxCtgy TxCxlSts TxDtRg TxDtTm \
    TxDtls TxEnvt TxId TxInf TxInfAndSts TxRef TxSts TxsSummry TxtlRate UETR UPIC URLAdr USCH USCHU USFW UltmtCdtr \
    UltmtDbtr Undrlyg UndrlygAllcn Unit UnitCcy UnitNb UnitOfMeasr UnitPric Ustrd Val ValDt ValTp VldtnDt VldtnSeqNb \
    VldtyRg Vrsn VrsnNb XchgCtrctRef XchgRate XchgRateBase XchgRateData XchgRateInf XpryDt Yldd Yr ZANCC";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_and_once() {
        let names: Vec<&str> = NAMES.split_ascii_whitespace().collect();
        assert!(names.is_sorted_by(|a, b| a < b));
        assert!(is_known("EndToEndId") && !is_known("EndToEnd"));
    }
}

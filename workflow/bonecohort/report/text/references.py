"""The works that the methods cite: one source for the text and for ``references.bib``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Reference:
    """A work: ``authors`` as "Family, Given" joined by " and ", ``source`` its journal.

    For a book ``source`` is its publisher, for proceedings their title, for software empty.
    """

    key: str
    authors: str
    year: int
    title: str
    source: str = ""
    volume: str = ""
    number: str = ""
    pages: str = ""
    doi: str = ""
    kind: str = "article"
    url: str = ""

    @property
    def short(self) -> str:
        """How the text names it: ``DeLong et al. 1988``."""
        names = [author.split(",")[0].strip("{}") for author in self.authors.split(" and ")]
        if len(names) > 2:
            return f"{names[0]} et al. {self.year}"
        return f"{' and '.join(names)} {self.year}"

    @property
    def printed(self) -> str:
        """The entry of a printed list of references."""
        names = [author.strip("{}") for author in self.authors.split(" and ")]
        place = f"{self.volume}{f'({self.number})' if self.number else ''}"
        place += f":{self.pages}" if self.pages and place else ""
        sentences = (f"{'; '.join(names)} ({self.year})", self.title, self.source, place)
        text = ". ".join(part.removesuffix(".") for part in sentences if part)
        link = f"https://doi.org/{self.doi}" if self.doi else self.url
        return f"{text}. {link}" if link else f"{text}."

    @property
    def bibtex(self) -> str:
        """The entry of a ``.bib`` file, in UTF-8."""
        source = {"article": "journal", "book": "publisher", "inproceedings": "booktitle"}
        fields = {
            "author": self.authors,
            "title": f"{{{self.title}}}",
            source.get(self.kind, "howpublished"): self.source,
            "year": str(self.year),
            "volume": self.volume,
            "number": self.number,
            "pages": self.pages.replace("–", "--"),
            "doi": self.doi,
            "url": self.url,
        }
        lines = [f"  {name} = {{{_escaped(text)}}}" for name, text in fields.items() if text]
        return f"@{self.kind}{{{self.key},\n" + ",\n".join(lines) + "\n}\n"


def _escaped(text: str) -> str:
    return text.replace("&", r"\&").replace("%", r"\%")


def bibliography(works: Iterable[Reference]) -> str:
    """Return the ``.bib`` text of works, each once, in the order of their keys."""
    by_key = {work.key: work for work in works}
    return "\n".join(by_key[key].bibtex for key in sorted(by_key))


_WORKS = (
    Reference("austin2009", "Austin, Peter C", 2009,
              "Balance diagnostics for comparing the distribution of baseline covariates between "
              "treatment groups in propensity-score matched samples",
              "Statistics in Medicine", "28", "25", "3083–3107", "10.1002/sim.3697"),
    Reference("barnard1999", "Barnard, John and Rubin, Donald B", 1999,
              "Small-sample degrees of freedom with multiple imputation",
              "Biometrika", "86", "4", "948–955", "10.1093/biomet/86.4.948"),
    Reference("binder1983", "Binder, David A", 1983,
              "On the variances of asymptotically normal estimators from complex surveys",
              "International Statistical Review", "51", "3", "279–292", "10.2307/1402588"),
    Reference("bland1995", "Bland, J Martin and Altman, Douglas G", 1995,
              "Calculating correlation coefficients with repeated observations: part 1, "
              "correlation within subjects", "BMJ", "310", "6977", "446",
              "10.1136/bmj.310.6977.446"),
    Reference("bland1999", "Bland, J Martin and Altman, Douglas G", 1999,
              "Measuring agreement in method comparison studies",
              "Statistical Methods in Medical Research", "8", "2", "135–160",
              "10.1177/096228029900800204"),
    Reference("bonett2000", "Bonett, Douglas G and Wright, Thomas A", 2000,
              "Sample size requirements for estimating Pearson, Kendall and Spearman correlations",
              "Psychometrika", "65", "1", "23–28", "10.1007/BF02294183"),
    Reference("box1962", "Box, George E P and Tidwell, Paul W", 1962,
              "Transformation of the independent variables",
              "Technometrics", "4", "4", "531–550", "10.1080/00401706.1962.10490038"),
    Reference("brant1990", "Brant, Rollin", 1990,
              "Assessing proportionality in the proportional odds model for ordinal logistic "
              "regression", "Biometrics", "46", "4", "1171–1178", "10.2307/2532457"),
    Reference("cameron2015", "Cameron, A Colin and Miller, Douglas L", 2015,
              "A practitioner's guide to cluster-robust inference",
              "Journal of Human Resources", "50", "2", "317–372", "10.3368/jhr.50.2.317"),
    Reference("cohen1960", "Cohen, Jacob", 1960,
              "A coefficient of agreement for nominal scales",
              "Educational and Psychological Measurement", "20", "1", "37–46",
              "10.1177/001316446002000104"),
    Reference("cohen1968", "Cohen, Jacob", 1968,
              "Weighted kappa: Nominal scale agreement with provision for scaled disagreement or "
              "partial credit",
              "Psychological Bulletin", "70", "4", "213–220", "10.1037/h0026256"),
    Reference("cohen1988", "Cohen, Jacob", 1988,
              "Statistical power analysis for the behavioral sciences, 2nd ed.",
              "Lawrence Erlbaum Associates", kind="book"),
    Reference("cox1958", "Cox, D R", 1958,
              "Two further applications of a model for binary regression",
              "Biometrika", "45", "3/4", "562–565", "10.1093/biomet/45.3-4.562"),
    Reference("croux2010", "Croux, Christophe and Dehon, Catherine", 2010,
              "Influence functions of the Spearman and Kendall correlation measures",
              "Statistical Methods & Applications", "19", "4", "497–515",
              "10.1007/s10260-010-0142-z"),
    Reference("delong1988", "DeLong, Elizabeth R and DeLong, David M and Clarke-Pearson, Daniel L",
              1988,
              "Comparing the areas under two or more correlated receiver operating characteristic "
              "curves: a nonparametric approach",
              "Biometrics", "44", "3", "837–845", "10.2307/2531595"),
    Reference("firth1993", "Firth, David", 1993,
              "Bias reduction of maximum likelihood estimates",
              "Biometrika", "80", "1", "27–38", "10.1093/biomet/80.1.27"),
    Reference("fisher1921", "Fisher, R A", 1921,
              "On the “probable error” of a coefficient of correlation deduced from a small sample",
              "Metron", "1", "", "3–32"),
    Reference("fleiss1969", "Fleiss, Joseph L and Cohen, Jacob and Everitt, B S", 1969,
              "Large sample standard errors of kappa and weighted kappa",
              "Psychological Bulletin", "72", "5", "323–327", "10.1037/h0028106"),
    Reference("fleiss1971", "Fleiss, Joseph L", 1971,
              "Measuring nominal scale agreement among many raters",
              "Psychological Bulletin", "76", "5", "378–382", "10.1037/h0031619"),
    Reference("fox1992", "Fox, John and Monette, Georges", 1992,
              "Generalized collinearity diagnostics",
              "Journal of the American Statistical Association", "87", "417", "178–183",
              "10.1080/01621459.1992.10475190"),
    Reference("hao2025",
              "Hao, Song and Yuxiao, Luo and Huilan, Li and Jun, Hua and Dong, Liu", 2025,
              "Correlation analysis of osteoporosis and vertebral endplate defects using CT and "
              "MRI imaging: a retrospective cross-sectional study",
              "Frontiers in Physiology", "16", pages="1649477", doi="10.3389/fphys.2025.1649477"),
    Reference("harrell1996", "Harrell, Frank E and Lee, Kerry L and Mark, Daniel B", 1996,
              "Multivariable prognostic models: issues in developing models, evaluating "
              "assumptions and adequacy, and measuring and reducing errors",
              "Statistics in Medicine", "15", "4", "361–387",
              "10.1002/(SICI)1097-0258(19960229)15:4<361::AID-SIM168>3.0.CO;2-4"),
    Reference("harrell2015", "Harrell, Frank E", 2015,
              "Regression modeling strategies, 2nd ed.",
              "Springer", doi="10.1007/978-3-319-19425-7", kind="book"),
    Reference("hedges1981", "Hedges, Larry V", 1981,
              "Distribution theory for Glass's estimator of effect size and related estimators",
              "Journal of Educational Statistics", "6", "2", "107–128",
              "10.3102/10769986006002107"),
    Reference("heinze2002", "Heinze, Georg and Schemper, Michael", 2002,
              "A solution to the problem of separation in logistic regression",
              "Statistics in Medicine", "21", "16", "2409–2419", "10.1002/sim.1047"),
    Reference("hoenig2001", "Hoenig, John M and Heisey, Dennis M", 2001,
              "The abuse of power: the pervasive fallacy of power calculations for data analysis",
              "The American Statistician", "55", "1", "19–24", "10.1198/000313001300339897"),
    Reference("holm1979", "Holm, Sture", 1979,
              "A simple sequentially rejective multiple test procedure",
              "Scandinavian Journal of Statistics", "6", "2", "65–70"),
    Reference("hosmer1980", "Hosmer, David W and Lemeshow, Stanley", 1980,
              "Goodness of fit tests for the multiple logistic regression model",
              "Communications in Statistics - Theory and Methods", "9", "10", "1043–1069",
              "10.1080/03610928008827941"),
    Reference("hsieh1998", "Hsieh, F Y and Bloch, Daniel A and Larsen, Michael D", 1998,
              "A simple method of sample size calculation for linear and logistic regression",
              "Statistics in Medicine", "17", "14", "1623–1634",
              "10.1002/(SICI)1097-0258(19980730)17:14<1623::AID-SIM871>3.0.CO;2-S"),
    Reference("laird1982", "Laird, Nan M and Ware, James H", 1982,
              "Random-effects models for longitudinal data", "Biometrics", "38", "4", "963–974",
              "10.2307/2529876"),
    Reference("liang1986", "Liang, Kung-Yee and Zeger, Scott L", 1986,
              "Longitudinal data analysis using generalized linear models",
              "Biometrika", "73", "1", "13–22", "10.1093/biomet/73.1.13"),
    Reference("lilliefors1967", "Lilliefors, Hubert W", 1967,
              "On the Kolmogorov-Smirnov test for normality with mean and variance unknown",
              "Journal of the American Statistical Association", "62", "318", "399–402",
              "10.1080/01621459.1967.10482916"),
    Reference("long2000", "Long, J Scott and Ervin, Laurie H", 2000,
              "Using heteroscedasticity consistent standard errors in the linear regression model",
              "The American Statistician", "54", "3", "217–224",
              "10.1080/00031305.2000.10474549"),
    Reference("mancl2001", "Mancl, Lloyd A and DeRouen, Timothy A", 2001,
              "A covariance estimator for GEE with improved small-sample properties",
              "Biometrics", "57", "1", "126–134", "10.1111/j.0006-341X.2001.00126.x"),
    Reference("mann1947", "Mann, H B and Whitney, D R", 1947,
              "On a test of whether one of two random variables is stochastically larger than the "
              "other",
              "The Annals of Mathematical Statistics", "18", "1", "50–60",
              "10.1214/aoms/1177730491"),
    Reference("mccullagh1980", "McCullagh, Peter", 1980, "Regression models for ordinal data",
              "Journal of the Royal Statistical Society: Series B", "42", "2", "109–127",
              "10.1111/j.2517-6161.1980.tb01109.x"),
    Reference("mcgraw1996", "McGraw, Kenneth O and Wong, S P", 1996,
              "Forming inferences about some intraclass correlation coefficients",
              "Psychological Methods", "1", "1", "30–46", "10.1037/1082-989X.1.1.30"),
    Reference("molder2021",
              "Mölder, Felix and Jablonski, Kim Philipp and Letcher, Brice and Hall, Michael B and "
              "Tomkins-Tinch, Christopher H and Sochat, Vanessa and Forster, Jan and Lee, Soohyun "
              "and Twardziok, Sven O and Kanitz, Alexander and Wilm, Andreas and Holtgrewe, Manuel "
              "and Rahmann, Sven and Nahnsen, Sven and Köster, Johannes", 2021,
              "Sustainable data analysis with Snakemake",
              "F1000Research", "10", pages="33", doi="10.12688/f1000research.29032.2"),
    Reference("newcombe1998", "Newcombe, Robert G", 1998,
              "Interval estimation for the difference between independent proportions: comparison "
              "of eleven methods",
              "Statistics in Medicine", "17", "8", "873–890",
              "10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I"),
    Reference("peduzzi1996",
              "Peduzzi, Peter and Concato, John and Kemper, Elizabeth and Holford, Theodore R and "
              "Feinstein, Alvan R", 1996,
              "A simulation study of the number of events per variable in logistic regression "
              "analysis",
              "Journal of Clinical Epidemiology", "49", "12", "1373–1379",
              "10.1016/S0895-4356(96)00236-3"),
    Reference("pydicom", "Mason, Darcy and {pydicom contributors}", 2024,
              "pydicom: an open source DICOM library",
              url="https://github.com/pydicom/pydicom", kind="misc"),
    Reference("rubin1987", "Rubin, Donald B", 1987,
              "Multiple imputation for nonresponse in surveys",
              "John Wiley & Sons", doi="10.1002/9780470316696", kind="book"),
    Reference("satterthwaite1946", "Satterthwaite, F E", 1946,
              "An approximate distribution of estimates of variance components",
              "Biometrics Bulletin", "2", "6", "110–114", "10.2307/3002019"),
    Reference("seabold2010", "Seabold, Skipper and Perktold, Josef", 2010,
              "statsmodels: econometric and statistical modeling with Python",
              "Proceedings of the 9th Python in Science Conference", pages="92–96",
              doi="10.25080/Majora-92bf1922-011", kind="inproceedings"),
    Reference("shapiro1965", "Shapiro, S S and Wilk, M B", 1965,
              "An analysis of variance test for normality (complete samples)",
              "Biometrika", "52", "3/4", "591–611", "10.1093/biomet/52.3-4.591"),
    Reference("shrout1979", "Shrout, Patrick E and Fleiss, Joseph L", 1979,
              "Intraclass correlations: uses in assessing rater reliability",
              "Psychological Bulletin", "86", "2", "420–428", "10.1037/0033-2909.86.2.420"),
    Reference("steiger2004", "Steiger, James H", 2004,
              "Beyond the F test: effect size confidence intervals and tests of close fit in the "
              "analysis of variance and contrast analysis",
              "Psychological Methods", "9", "2", "164–182", "10.1037/1082-989X.9.2.164"),
    Reference("steyerberg2010",
              "Steyerberg, Ewout W and Vickers, Andrew J and Cook, Nancy R and Gerds, Thomas and "
              "Gonen, Mithat and Obuchowski, Nancy and Pencina, Michael J and Kattan, Michael W",
              2010,
              "Assessing the performance of prediction models: a framework for traditional and "
              "novel measures",
              "Epidemiology", "21", "1", "128–138", "10.1097/EDE.0b013e3181c30fb2"),
    Reference("sun2014", "Sun, Xu and Xu, Weichao", 2014,
              "Fast implementation of DeLong's algorithm for comparing the areas under correlated "
              "receiver operating characteristic curves",
              "IEEE Signal Processing Letters", "21", "11", "1389–1393",
              "10.1109/LSP.2014.2337313"),
    Reference("tomczak2014", "Tomczak, Maciej and Tomczak, Ewa", 2014,
              "The need to report effect size estimates revisited: an overview of some recommended "
              "measures of effect size",
              "Trends in Sport Sciences", "21", "1", "19–25"),
    Reference("vanbuuren2011", "van Buuren, Stef and Groothuis-Oudshoorn, Karin", 2011,
              "mice: Multivariate imputation by chained equations in R",
              "Journal of Statistical Software", "45", "3", "1–67", "10.18637/jss.v045.i03"),
    Reference("venzon1988", "Venzon, D J and Moolgavkar, S H", 1988,
              "A method for computing profile-likelihood-based confidence intervals",
              "Applied Statistics", "37", "1", "87–94", "10.2307/2347496"),
    Reference("vonelm2007",
              "von Elm, Erik and Altman, Douglas G and Egger, Matthias and Pocock, Stuart J and "
              "Gøtzsche, Peter C and Vandenbroucke, Jan P", 2007,
              "The Strengthening the Reporting of Observational Studies in Epidemiology (STROBE) "
              "statement: guidelines for reporting observational studies",
              "The Lancet", "370", "9596", "1453–1457", "10.1016/S0140-6736(07)61602-X"),
    Reference("wasserthal2023",
              "Wasserthal, Jakob and Breit, Hanns-Christian and Meyer, Manfred T and Pradella, "
              "Maurice and Hinck, Daniel and Sauter, Alexander W and Heye, Tobias and Boll, Daniel "
              "T and Cyriac, Joshy and Yang, Shan and Bach, Michael and Segeroth, Martin", 2023,
              "TotalSegmentator: robust segmentation of 104 anatomic structures in CT images",
              "Radiology: Artificial Intelligence", "5", "5", "e230024", "10.1148/ryai.230024"),
    Reference("weerahandi1993", "Weerahandi, Samaradasa", 1993,
              "Generalized confidence intervals",
              "Journal of the American Statistical Association", "88", "423", "899–905",
              "10.1080/01621459.1993.10476355"),
    Reference("wilson1927", "Wilson, Edwin B", 1927,
              "Probable inference, the law of succession, and statistical inference",
              "Journal of the American Statistical Association", "22", "158", "209–212",
              "10.1080/01621459.1927.10502953"),
    Reference("youden1950", "Youden, W J", 1950,
              "Index for rating diagnostic tests",
              "Cancer", "3", "1", "32–35",
              "10.1002/1097-0142(1950)3:1<32::AID-CNCR2820030106>3.0.CO;2-3"),
)  # fmt: skip

REFERENCES = {work.key: work for work in _WORKS}
"""Every work by its key: first author's family name and year."""

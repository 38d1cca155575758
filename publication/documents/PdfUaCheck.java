import java.io.FileInputStream;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;

/** Prints each way in which the files break PDF/UA-1, by veraPDF; no line when there is none. Run from source by the tests. */
public class PdfUaCheck {
  public static void main(String[] files) throws Exception {
    VeraGreenfieldFoundryProvider.initialise();
    var foundry = Foundries.defaultInstance();
    for (var file : files) {
      try (var parser = foundry.createParser(new FileInputStream(file), PDFAFlavour.PDFUA_1);
          var validator = foundry.createValidator(PDFAFlavour.PDFUA_1, false)) {
        var result = validator.validate(parser);
        if (result.getTotalAssertions() == 0) System.out.println(file + ": nothing was checked");
        for (var assertion : result.getTestAssertions())
          if (assertion.getStatus() != TestAssertion.Status.PASSED)
            System.out.println(file + ": " + assertion.getRuleId().getClause() + " " + assertion.getMessage());
      }
    }
  }
}

import com.apicatalog.jsonld.JsonLdError;
import com.apicatalog.jsonld.JsonLdErrorCode;
import com.apicatalog.jsonld.document.Document;
import com.apicatalog.jsonld.document.JsonDocument;
import com.apicatalog.jsonld.loader.DocumentLoader;
import com.apicatalog.jsonld.loader.DocumentLoaderOptions;
import com.apicatalog.ld.signature.eddsa.EdDSASignature2022;
import com.apicatalog.vc.verifier.Verifier;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.StringReader;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import org.eclipse.edc.http.spi.EdcHttpClient;
import org.eclipse.edc.iam.verifiablecredentials.revocation.bitstring.BitstringStatusListRevocationService;
import org.eclipse.edc.iam.verifiablecredentials.spi.model.CredentialStatus;

/**
 * Iron (com.apicatalog) with rdf-urdna (io.setl) and the JDK's Ed25519: expands the JSON-LD, canonicalises it, checks the
 * signatures of the credential and of its status lists. Eclipse EDC: fetches the status lists and reads the bits. What is done
 * here is fetching by HTTP, choosing the key that the proof names out of the issuer's document, and putting the answers together.
 *
 * The first line of standard input is {"issuer": the one that is trusted, "contexts": by address}, each further line a JSON
 * string with the text of a credential. A line of standard output is {"kind", "reason"}, in the same order.
 */
public class IronAndEdcVerifier {
    private static final String MULTIKEY_CONTEXT = "https://w3id.org/security/multikey/v1";
    private static final String BUNDLED_MULTIKEY_CONTEXT = "/com/apicatalog/vc/multikey-v1.jsonld";

    private final String issuer;
    private final JsonObject contexts;
    private final HttpClient http = HttpClient.newHttpClient();
    private final Verifier signatures;

    public static void main(String[] arguments) throws IOException {
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var output = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        var setting = parse(input.readLine());
        var verifier = new IronAndEdcVerifier(setting.getString("issuer"), setting.getJsonObject("contexts"));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            var verdict = verifier.verdictOn(parse("{\"text\":" + line + "}").getString("text"));
            output.println(Json.createObjectBuilder().add("kind", verdict.kind).add("reason", verdict.reason).build());
        }
    }

    IronAndEdcVerifier(String issuer, JsonObject contexts) {
        this.issuer = issuer;
        this.contexts = contexts;
        this.signatures = Verifier.with(new EdDSASignature2022()).loader(this::load).useBundledContexts(false).statusValidator(status -> {});
    }

    record Verdict(String kind, String reason) {}

    private Verdict verdictOn(String text) {
        try {
            var credential = parse(text);
            verifySignature(credential);
            return status(credential);
        } catch (Throwable error) {
            return new Verdict("refused", String.valueOf(error));
        }
    }

    private void verifySignature(JsonObject credential) throws Throwable {
        var stated = credential.get("issuer");
        var id = stated instanceof JsonObject object ? object.getString("id", "") : stated instanceof JsonString string ? string.getString() : "";
        if (!issuer.equals(id)) throw new SecurityException("another issuer: " + id);
        signatures.verify(credential);
    }

    private Verdict status(JsonObject credential) throws Throwable {
        var set = new ArrayList<String>();
        for (var entry : credential.getJsonArray("credentialStatus").getValuesAs(JsonObject.class)) {
            verifySignature(fetch(entry.getString("statusListCredential")));
            var properties = new HashMap<String, Object>();
            for (var name : List.of("statusPurpose", "statusListIndex", "statusListCredential")) properties.put(name, entry.getString(name));
            var result = lists().checkValidity(new CredentialStatus(entry.getString("id"), entry.getString("type"), properties));
            if (result.failed() && !result.getFailureDetail().startsWith("Credential status is")) throw new SecurityException(result.getFailureDetail());
            if (result.failed()) set.add(entry.getString("statusPurpose"));
        }
        return new Verdict(set.contains("revocation") ? "revoked" : set.contains("suspension") ? "suspended" : "valid", "bits that are set: " + set);
    }

    /** A new one each time, since it keeps the lists that it fetched. */
    private static BitstringStatusListRevocationService lists() {
        return new BitstringStatusListRevocationService(new ObjectMapper().findAndRegisterModules(), 1, List.of("application/vc", "application/json"), edcHttp());
    }

    /** EDC's own client brings a whole runtime along; of its interface only execute(request) is called. */
    private static EdcHttpClient edcHttp() {
        var client = new OkHttpClient();
        return (EdcHttpClient) Proxy.newProxyInstance(IronAndEdcVerifier.class.getClassLoader(), new Class<?>[] {EdcHttpClient.class}, (proxy, method, arguments) -> {
            if (!method.getName().equals("execute") || arguments.length != 1) throw new UnsupportedOperationException(method.toString());
            return client.newCall((Request) arguments[0]).execute();
        });
    }

    private Document load(URI url, DocumentLoaderOptions options) throws JsonLdError {
        var address = url.toString();
        try {
            if (contexts.containsKey(address)) return JsonDocument.of(contexts.getJsonObject(address));
            if (address.equals(MULTIKEY_CONTEXT)) return JsonDocument.of(Verifier.class.getResourceAsStream(BUNDLED_MULTIKEY_CONTEXT));
            if (address.startsWith(issuer + "#")) return JsonDocument.of(permittedKey(address));
            throw new IOException("not a context that is at hand: " + address);
        } catch (IOException | InterruptedException error) {
            throw new JsonLdError(JsonLdErrorCode.LOADING_DOCUMENT_FAILED, error);
        }
    }

    private JsonObject permittedKey(String id) throws IOException, InterruptedException {
        var document = fetch(issuer);
        if (!document.getString("id").equals(issuer)) throw new IOException("the issuer's document is about another");
        if (!document.getJsonArray("assertionMethod").contains(Json.createValue(id))) throw new IOException("the issuer does not sign with this key");
        for (JsonValue method : document.getJsonArray("verificationMethod")) {
            var key = method.asJsonObject();
            if (key.getString("id").equals(id) && key.getString("controller").equals(issuer))
                return Json.createObjectBuilder(key).add("@context", MULTIKEY_CONTEXT).build();
        }
        throw new IOException("the issuer's document does not have this key");
    }

    private JsonObject fetch(String url) throws IOException, InterruptedException {
        var response = http.send(HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        if (response.statusCode() != 200) throw new IOException(url + " answers " + response.statusCode());
        return parse(response.body());
    }

    private static JsonObject parse(String text) {
        return Json.createReader(new StringReader(text)).readObject();
    }
}

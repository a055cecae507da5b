import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import org.archive.url.UsableURI;
import org.archive.url.UsableURIFactory;
import org.archive.util.SurtPrefixSet;
import org.json.JSONArray;
import org.json.JSONObject;

/** Reads [{rules, urls}], and says of each URL whether Heritrix's SurtPrefixedDecideRule would act on it: its set and its candidates, without its Spring. */
public class SurtRules {
  public static void main(String[] args) throws Exception {
    StringBuilder text = new StringBuilder();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (int c = in.read(); c != -1; c = in.read()) text.append((char) c);
    JSONArray answers = new JSONArray();
    for (Object each : new JSONArray(text.toString())) {
      JSONObject sample = (JSONObject) each;
      SurtPrefixSet prefixes = new SurtPrefixSet();
      prefixes.importFromMixed(new StringReader(sample.getString("rules")), true);
      JSONArray answer = new JSONArray();
      for (Object url : sample.getJSONArray("urls")) answer.put(refuses(prefixes, (String) url));
      answers.put(answer);
    }
    System.out.println(answers);
  }

  /** Null for a URL that Heritrix cannot hold, so never fetches. */
  private static Object refuses(SurtPrefixSet prefixes, String url) {
    try {
      UsableURI uri = UsableURIFactory.getInstance(url);
      return prefixes.containsPrefixOf(SurtPrefixSet.getCandidateSurt(uri));
    } catch (Exception e) {
      return JSONObject.NULL;
    }
  }
}

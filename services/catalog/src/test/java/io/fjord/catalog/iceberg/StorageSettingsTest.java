package io.fjord.catalog.iceberg;

import static org.assertj.core.api.Assertions.assertThat;

import io.fjord.contract.catalog.catalog.Storage;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StorageSettingsTest {

    private static final Storage S3 =
            new Storage("s3", "http://store:9000", "https://files.example", "eu-central-1", true, null, null);
    private static final Storage ROLE =
            new Storage("s3", null, null, "eu-central-1", false, "arn:aws:iam::1:role/lake", null);
    private static final Storage GCS = new Storage("gcs", "https://gcs.example", null, null, false, null, null);
    private static final Storage ADLS = new Storage("adls", null, null, null, false, null, null);

    @Test
    void the_service_opens_s3_with_keys_or_in_a_role() {
        assertThat(StorageSettings.ofService(S3, Map.of("accessKeyId", "id", "secretAccessKey", "secret")))
                .containsEntry("s3.endpoint", "http://store:9000")
                .containsEntry("s3.path-style-access", "true")
                .containsEntry("client.region", "eu-central-1")
                .containsEntry("s3.access-key-id", "id")
                .containsEntry("s3.secret-access-key", "secret");
        assertThat(StorageSettings.ofService(ROLE, Map.of()))
                .containsEntry("client.factory", "org.apache.iceberg.aws.AssumeRoleAwsClientFactory")
                .containsEntry("client.assume-role.arn", "arn:aws:iam::1:role/lake")
                .containsEntry("client.assume-role.region", "eu-central-1")
                .doesNotContainKey("s3.endpoint");
    }

    @Test
    void the_service_opens_the_storages_of_google_and_azure_as_iceberg_wants_it() {
        assertThat(StorageSettings.implementation(GCS)).isEqualTo("org.apache.iceberg.gcp.gcs.GCSFileIO");
        assertThat(StorageSettings.ofService(GCS, Map.of("token", "t")))
                .containsOnly(Map.entry("gcs.service.host", "https://gcs.example"), Map.entry("gcs.oauth2.token", "t"));
        assertThat(StorageSettings.implementation(ADLS)).isEqualTo("org.apache.iceberg.azure.adlsv2.ADLSFileIO");
        assertThat(StorageSettings.ofService(ADLS, Map.of("accountName", "lake", "accountKey", "k")))
                .containsOnly(
                        Map.entry("adls.auth.shared-key.account.name", "lake"),
                        Map.entry("adls.auth.shared-key.account.key", "k"));
    }

    @Test
    void clients_are_told_where_a_storage_is_and_no_keys() {
        assertThat(StorageSettings.ofClients(S3))
                .containsOnly(
                        Map.entry("io-impl", "org.apache.iceberg.aws.s3.S3FileIO"),
                        Map.entry("s3.endpoint", "https://files.example"),
                        Map.entry("s3.path-style-access", "true"),
                        Map.entry("client.region", "eu-central-1"));
        assertThat(StorageSettings.ofClients(GCS))
                .containsOnly(
                        Map.entry("io-impl", "org.apache.iceberg.gcp.gcs.GCSFileIO"),
                        Map.entry("gcs.service.host", "https://gcs.example"));
        assertThat(StorageSettings.ofClients(ADLS))
                .containsOnly(Map.entry("io-impl", "org.apache.iceberg.azure.adlsv2.ADLSFileIO"));
    }

    @Test
    void a_session_in_a_role_reaches_the_folder_of_one_table() {
        String read = Vending.policy("s3://lake/sales/a*b-1/", false);
        assertThat(read)
                .contains("\"arn:aws:s3:::lake/sales/a${*}b-1/*\"")
                .contains("\"s3:prefix\":[\"sales/a${*}b-1/*\"]")
                .contains("s3:GetObject")
                .doesNotContain("s3:PutObject")
                .doesNotContain("s3:DeleteObject");
        assertThat(Vending.policy("s3://lake/sales/t-1/", true)).contains("s3:PutObject", "s3:DeleteObject");
    }
}

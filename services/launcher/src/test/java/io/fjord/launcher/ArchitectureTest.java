package io.fjord.launcher;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.fjord.kernel.Decider;

/** The rules the architecture stands on. Think hard about the layering before you change this file. */
@AnalyzeClasses(packages = "io.fjord", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule deciders_are_pure = classes()
            .that()
            .implement(Decider.class)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java.lang..",
                    "java.util..",
                    "java.time..",
                    "io.fjord.contract..",
                    "io.fjord.kernel..",
                    "io.fjord.core..",
                    "io.fjord.iam..",
                    "io.fjord.controlpolicies..",
                    "io.fjord.catalog..",
                    "io.fjord.webhooks..",
                    "io.fjord.ingest..",
                    "org.jspecify..")
            .andShould(notAskTheClock());

    @ArchTest
    static final ArchRule only_the_relay_publishes_events = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "io.fjord.cdc..",
                    "io.fjord.capture..",
                    "io.fjord.platform.kafka..",
                    "io.fjord.codec..",
                    "io.fjord.testing..")
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("org.apache.kafka.clients.producer.KafkaProducer")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("org.apache.kafka.clients.producer.ProducerRecord");

    @ArchTest
    static final ArchRule contracts_depend_on_nothing_of_ours = noClasses()
            .that()
            .resideInAPackage("io.fjord.contract..")
            .should()
            .dependOnClassesThat(com.tngtech.archunit.base.DescribedPredicate.describe(
                    "are ours and no contract",
                    (JavaClass type) -> type.getPackageName().startsWith("io.fjord")
                            && !type.getPackageName().startsWith("io.fjord.contract")));

    @ArchTest
    static final ArchRule the_kernel_knows_no_kafka_sql_or_http = noClasses()
            .that()
            .resideInAPackage("io.fjord.kernel..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.kafka..",
                    "io.vertx.sqlclient..",
                    "io.vertx.ext.web..",
                    "io.fjord.platform..",
                    "java.sql..");

    @ArchTest
    static final ArchRule the_platform_knows_no_service = noClasses()
            .that()
            .resideInAnyPackage("io.fjord.kernel..", "io.fjord.platform..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.fjord.core..",
                    "io.fjord.iam..",
                    "io.fjord.controlpolicies..",
                    "io.fjord.catalog..",
                    "io.fjord.ingest..",
                    "io.fjord.sql..",
                    "io.fjord.webhooks..",
                    "io.fjord.audit..",
                    "io.fjord.cdc..",
                    "io.fjord.gateway..",
                    "io.fjord.operator..",
                    "io.fjord.launcher..");

    @ArchTest
    static final ArchRule services_meet_only_through_kafka_and_http = slices().assignedFrom(
                    new com.tngtech.archunit.library.dependencies.SliceAssignment() {
                        @Override
                        public com.tngtech.archunit.library.dependencies.SliceIdentifier getIdentifierOf(
                                JavaClass type) {
                            String[] parts = type.getPackageName().split("\\.");
                            boolean service = type.getPackageName().startsWith("io.fjord.")
                                    && java.util.Set.of(
                                                    "core",
                                                    "iam",
                                                    "controlpolicies",
                                                    "catalog",
                                                    "ingest",
                                                    "sql",
                                                    "webhooks",
                                                    "audit",
                                                    "cdc",
                                                    "gateway",
                                                    "operator")
                                            .contains(parts[2]);
                            return service
                                    ? com.tngtech.archunit.library.dependencies.SliceIdentifier.of(parts[2])
                                    : com.tngtech.archunit.library.dependencies.SliceIdentifier.ignore();
                        }

                        @Override
                        public String getDescription() {
                            return "services";
                        }
                    })
            .should()
            .notDependOnEachOther();

    @ArchTest
    static final ArchRule reactor_kafka_stays_in_one_package = noClasses()
            .that()
            .resideOutsideOfPackage("io.fjord.platform.kafka.reactor..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("reactor.kafka..");

    @ArchTest
    static final ArchRule debezium_and_its_life_stay_in_the_relay = noClasses()
            .that()
            .resideOutsideOfPackages("io.fjord.cdc..", "io.fjord.capture..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.debezium..", "org.apache.kafka.connect..", "io.fjord.capture..");

    /** It is a library of streaming jobs too. */
    @ArchTest
    static final ArchRule the_life_of_debezium_sees_contracts_only = noClasses()
            .that()
            .resideInAPackage("io.fjord.capture..")
            .should()
            .dependOnClassesThat(com.tngtech.archunit.base.DescribedPredicate.describe(
                    "are ours, and neither a contract nor capture's own",
                    (JavaClass type) -> type.getPackageName().startsWith("io.fjord")
                            && !type.getPackageName().startsWith("io.fjord.contract")
                            && !type.getPackageName().startsWith("io.fjord.capture")));

    @ArchTest
    static final ArchRule no_spark_on_the_control_plane =
            noClasses().should().dependOnClassesThat().resideInAnyPackage("org.apache.spark..");

    @ArchTest
    static final ArchRule nothing_is_carried_by_the_event_bus =
            noClasses().should().dependOnClassesThat().resideInAPackage("io.vertx.core.eventbus..");

    private static ArchCondition<JavaClass> notAskTheClock() {
        return new ArchCondition<>("not ask the clock, chance or the environment") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                type.getMethodCallsFromSelf().stream()
                        .filter(call -> call.getName().equals("now")
                                || call.getName().equals("randomUUID")
                                || call.getName().equals("currentTimeMillis")
                                || call.getName().equals("nanoTime")
                                || call.getName().equals("getenv"))
                        .filter(call -> call.getTargetOwner().getPackageName().startsWith("java."))
                        .forEach(call -> events.add(SimpleConditionEvent.violated(type, call.getDescription())));
            }
        };
    }
}

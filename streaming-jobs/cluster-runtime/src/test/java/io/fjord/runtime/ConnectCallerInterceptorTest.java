package io.fjord.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.connect.proto.ExecutePlanRequest;
import org.apache.spark.connect.proto.SparkConnectServiceGrpc;
import org.apache.spark.connect.proto.UserContext;
import org.junit.jupiter.api.Test;
import org.sparkproject.connect.grpc.MethodDescriptor;
import org.sparkproject.connect.protobuf.Message;

class ConnectCallerInterceptorTest {

    private static final Caller ALICE = Caller.of("user:alice", "token");

    @Test
    void a_request_is_that_of_its_caller_whomever_it_names() {
        var request = ExecutePlanRequest.newBuilder()
                .setSessionId("session")
                .setUserContext(UserContext.newBuilder().setUserId("bob").setUserName("bob"))
                .build();

        var own = (ExecutePlanRequest) ConnectCallerInterceptor.as(ALICE, request);

        assertThat(own.getUserContext().getUserId()).isEqualTo("user:alice");
        assertThat(own.getUserContext().getUserName()).isEqualTo("user:alice");
        assertThat(own.toBuilder().setUserContext(request.getUserContext()).build())
                .isEqualTo(request);
    }

    @Test
    void so_is_every_request_that_spark_connect_has() {
        for (var method : SparkConnectServiceGrpc.getServiceDescriptor().getMethods()) {
            var request = (Message)
                    ((MethodDescriptor.PrototypeMarshaller<?>) method.getRequestMarshaller()).getMessagePrototype();

            var own = ConnectCallerInterceptor.as(ALICE, request);

            assertThat(own).as(method.getFullMethodName()).isNotNull();
            assertThat(own.toString()).contains("user_id: \"user:alice\"");
        }
    }
}

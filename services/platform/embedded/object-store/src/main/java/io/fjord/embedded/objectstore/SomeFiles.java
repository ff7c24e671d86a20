package io.fjord.embedded.objectstore;

import java.io.InputStream;
import java.util.List;
import java.util.Map;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.blobstore.S3Exceptions;
import org.gaul.s3proxy.blobstore.domain.MultipartUpload;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.services.s3.model.BucketCannedACL;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.CopyObjectResponse;
import software.amazon.awssdk.services.s3.model.CreateBucketRequest;
import software.amazon.awssdk.services.s3.model.CreateBucketResponse;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.DeleteBucketEncryptionRequest;
import software.amazon.awssdk.services.s3.model.DeleteBucketEncryptionResponse;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectResponse;
import software.amazon.awssdk.services.s3.model.GetBucketAclRequest;
import software.amazon.awssdk.services.s3.model.GetBucketAclResponse;
import software.amazon.awssdk.services.s3.model.GetBucketEncryptionRequest;
import software.amazon.awssdk.services.s3.model.GetBucketEncryptionResponse;
import software.amazon.awssdk.services.s3.model.GetBucketVersioningRequest;
import software.amazon.awssdk.services.s3.model.GetBucketVersioningResponse;
import software.amazon.awssdk.services.s3.model.GetObjectAclRequest;
import software.amazon.awssdk.services.s3.model.GetObjectAclResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadBucketRequest;
import software.amazon.awssdk.services.s3.model.HeadBucketResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListBucketsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectVersionsRequest;
import software.amazon.awssdk.services.s3.model.ListObjectVersionsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.ObjectCannedACL;
import software.amazon.awssdk.services.s3.model.Part;
import software.amazon.awssdk.services.s3.model.PutBucketEncryptionRequest;
import software.amazon.awssdk.services.s3.model.PutBucketEncryptionResponse;
import software.amazon.awssdk.services.s3.model.PutBucketVersioningRequest;
import software.amazon.awssdk.services.s3.model.PutBucketVersioningResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/** The files below one folder, and no others. */
final class SomeFiles extends ForwardingBlobStore {

    /** What S3Proxy keeps of each upload in parts, beside the folders of its bucket: an empty file of this and the upload's id. */
    private static final String STUB = ".s3proxy-mpu-stub-";

    private final String folder;
    private final boolean writable;
    private final Map<String, String> uploads;

    /**
     * @param folder {@code bucket/folder/}
     * @param uploads whose folder an upload in parts was begun for, by {@code bucket/upload id}; shared by all
     */
    SomeFiles(BlobStore all, String folder, boolean writable, Map<String, String> uploads) {
        super(all);
        this.folder = folder;
        this.writable = writable;
        this.uploads = uploads;
    }

    private boolean isOurs(String bucket, String upload) {
        return folder.equals(uploads.get(bucket + "/" + upload));
    }

    private boolean isStub(String bucket, @Nullable String name) {
        return name != null && name.startsWith(STUB) && isOurs(bucket, name.substring(STUB.length()));
    }

    private void ours(MultipartUpload upload) {
        writes(upload.containerName(), upload.blobName());
        if (!isOurs(upload.containerName(), upload.id())) {
            throw refused();
        }
    }

    private void reads(String bucket, @Nullable String name) {
        String path = bucket + "/" + (name == null ? "" : name);
        // On disk these would lead somewhere else than their names say.
        boolean plain = !path.contains("/../")
                && !path.contains("/./")
                && !path.contains("//")
                && !path.endsWith("/..")
                && !path.endsWith("/.");
        if (!plain || !(path.startsWith(folder) || isStub(bucket, name))) {
            throw refused();
        }
    }

    private void writes(String bucket, @Nullable String name) {
        if (!writable) {
            throw refused();
        }
        reads(bucket, name);
    }

    private static S3Exception refused() {
        return S3Exceptions.fromStatusCode(403);
    }

    /** What is said of a bucket as a whole is said of the one the folder is in. */
    private void inside(String bucket) {
        if (!folder.startsWith(bucket + "/")) {
            throw refused();
        }
    }

    @Override
    public ListBucketsResponse list() {
        throw refused();
    }

    @Override
    public HeadBucketResponse headBucket(HeadBucketRequest request) {
        inside(request.bucket());
        return super.headBucket(request);
    }

    @Override
    public BucketCannedACL getContainerAccess(String bucket) {
        inside(bucket);
        return super.getContainerAccess(bucket);
    }

    @Override
    public GetBucketAclResponse getContainerAcl(GetBucketAclRequest request) {
        inside(request.bucket());
        return super.getContainerAcl(request);
    }

    @Override
    public GetBucketVersioningResponse getBucketVersioning(GetBucketVersioningRequest request) {
        inside(request.bucket());
        return super.getBucketVersioning(request);
    }

    @Override
    public GetBucketEncryptionResponse getBucketEncryption(GetBucketEncryptionRequest request) {
        inside(request.bucket());
        return super.getBucketEncryption(request);
    }

    @Override
    public ListObjectsV2Response list(ListObjectsV2Request request) {
        reads(request.bucket(), request.prefix());
        return super.list(request);
    }

    @Override
    public ListObjectVersionsResponse listVersions(ListObjectVersionsRequest request) {
        throw refused();
    }

    @Override
    public HeadObjectResponse blobMetadata(HeadObjectRequest request) {
        reads(request.bucket(), request.key());
        return super.blobMetadata(request);
    }

    @Override
    public boolean blobExists(String bucket, String name) {
        reads(bucket, name);
        return super.blobExists(bucket, name);
    }

    @Override
    public ResponseInputStream<GetObjectResponse> getBlob(GetObjectRequest request) {
        reads(request.bucket(), request.key());
        return super.getBlob(request);
    }

    @Override
    public PutObjectResponse putBlob(PutObjectRequest request, InputStream content) {
        writes(request.bucket(), request.key());
        return super.putBlob(request, content);
    }

    @Override
    public CopyObjectResponse copyBlob(CopyObjectRequest request) {
        reads(request.sourceBucket(), request.sourceKey());
        writes(request.destinationBucket(), request.destinationKey());
        return super.copyBlob(request);
    }

    @Override
    public DeleteObjectResponse removeBlob(DeleteObjectRequest request) {
        writes(request.bucket(), request.key());
        DeleteObjectResponse removed = super.removeBlob(request);
        if (request.key().startsWith(STUB)) {
            uploads.remove(request.bucket() + "/" + request.key().substring(STUB.length()));
        }
        return removed;
    }

    @Override
    public MultipartUpload initiateMultipartUpload(CreateMultipartUploadRequest request) {
        writes(request.bucket(), request.key());
        MultipartUpload upload = super.initiateMultipartUpload(request);
        uploads.put(upload.containerName() + "/" + upload.id(), folder);
        return upload;
    }

    @Override
    public void abortMultipartUpload(MultipartUpload upload) {
        ours(upload);
        super.abortMultipartUpload(upload);
    }

    @Override
    public CompleteMultipartUploadResponse completeMultipartUpload(
            MultipartUpload upload, CompleteMultipartUploadRequest request) {
        ours(upload);
        return super.completeMultipartUpload(upload, request);
    }

    @Override
    public UploadPartResponse uploadMultipartPart(
            MultipartUpload upload, UploadPartRequest request, InputStream content) {
        ours(upload);
        return super.uploadMultipartPart(upload, request, content);
    }

    @Override
    public List<Part> listMultipartUpload(MultipartUpload upload) {
        ours(upload);
        return super.listMultipartUpload(upload);
    }

    @Override
    public List<software.amazon.awssdk.services.s3.model.MultipartUpload> listMultipartUploads(String bucket) {
        throw refused();
    }

    @Override
    public CreateBucketResponse createContainer(CreateBucketRequest request) {
        throw refused();
    }

    @Override
    public void setContainerAccess(String bucket, BucketCannedACL access) {
        throw refused();
    }

    @Override
    public void clearContainer(ListObjectsV2Request request) {
        throw refused();
    }

    @Override
    public void deleteContainer(String bucket) {
        throw refused();
    }

    @Override
    public void deleteBucket(String bucket) {
        throw refused();
    }

    @Override
    public ObjectCannedACL getBlobAccess(String bucket, String name) {
        if (!isStub(bucket, name)) {
            throw refused();
        }
        return super.getBlobAccess(bucket, name);
    }

    @Override
    public ObjectCannedACL getBlobAccess(String bucket, String name, String version) {
        throw refused();
    }

    @Override
    public GetObjectAclResponse getBlobAcl(GetObjectAclRequest request) {
        throw refused();
    }

    @Override
    public void setBlobAccess(String bucket, String name, ObjectCannedACL access) {
        throw refused();
    }

    @Override
    public void setBlobAccess(String bucket, String name, ObjectCannedACL access, String version) {
        throw refused();
    }

    @Override
    public PutBucketVersioningResponse putBucketVersioning(PutBucketVersioningRequest request) {
        throw refused();
    }

    @Override
    public PutBucketEncryptionResponse putBucketEncryption(PutBucketEncryptionRequest request) {
        throw refused();
    }

    @Override
    public DeleteBucketEncryptionResponse deleteBucketEncryption(DeleteBucketEncryptionRequest request) {
        throw refused();
    }
}

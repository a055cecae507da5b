"""An S3 server on a free port that checks signatures (moto, with botocore's own signer), until its input ends."""

import json
import logging
import os
import sys

# These calls make the key; every later one has to be signed by it.
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "3"
import boto3  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402

logging.getLogger("werkzeug").setLevel(logging.ERROR)
region = "eu-north-1"
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
endpoint = f"http://{host}:{port}"
anyone = {"aws_access_key_id": "any", "aws_secret_access_key": "any", "region_name": region, "endpoint_url": endpoint}
iam = boto3.client("iam", **anyone)
iam.create_user(UserName="reader")
key = iam.create_access_key(UserName="reader")["AccessKey"]
allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
iam.put_user_policy(UserName="reader", PolicyName="all", PolicyDocument=json.dumps(allowed))
s3 = boto3.client(
    "s3",
    aws_access_key_id=key["AccessKeyId"],
    aws_secret_access_key=key["SecretAccessKey"],
    region_name=region,
    endpoint_url=endpoint,
)
s3.create_bucket(Bucket="interop-bucket", CreateBucketConfiguration={"LocationConstraint": region})
for name in json.loads(sys.stdin.readline())["files"]:
    s3.upload_file(name["path"], "interop-bucket", name["key"])
told = {"endpoint": endpoint, "region": region, "id": key["AccessKeyId"], "secret": key["SecretAccessKey"]}
print(json.dumps(told), flush=True)
sys.stdin.read()
server.stop()

"""From options to a SageMaker endpoint: what is asked, the calls that make it, who performs them.

configuration  what is to stand, checked
requests       its parameters, operation by operation
plan           the calls in order, as a generator that is sent each answer
rehearsal      answers without AWS: the dry run
sdk            answers from AWS, through the SageMaker SDK's resources
failures       what AWS refuses, in plain words
permissions    the least that the endpoint's role and the deploying person need
"""

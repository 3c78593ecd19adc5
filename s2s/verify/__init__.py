# SPDX-License-Identifier: Apache-2.0
"""Checks a result by compiling and running it against the serial original.

A verifier is a function that takes a request and returns a
:class:`~s2s.verify.base.VerificationReport`; :func:`~s2s.verify.offload.verify_offload` is the
first one (tiers T0 and T1). The steps it is made of stand alone: ``compile`` builds, ``run`` runs,
``compare`` compares.
"""

# SPDX-License-Identifier: Apache-2.0
"""Checks a result by compiling and running it against the serial original.

A verifier is a function that takes a request and returns a
:class:`~s2s.verify.base.VerificationReport`; :func:`~s2s.verify.offload.verify_offload` goes
through the tiers. Each tier is a module that works on a :class:`~s2s.verify.session.Session` and
adds to its evidence: ``builds`` (T0), ``host_device`` (T1), ``instrumented`` with ``guard`` and
``races`` (T2, T3). The steps they are made of stand alone: ``compile`` builds, ``run`` runs,
``compare`` compares. ``region_compare`` asks each target region whether it does what its text says.
"""

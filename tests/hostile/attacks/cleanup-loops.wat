;; It loops when it may clean up after its answer.
;; ends: timeout
(func (export "cabi_post_tellify:plugin/handling@{version}#handle") (param i32) (loop $again (br $again)))

"""Pictures, videos and sounds that come from outside, decoded where they can do no harm.

What decodes them is in `image_decoder`, `video_decoder` and `sound_decoder`. For files from
outside it runs in a child process with limits (`decoder_pool` here, `decoder_child` there), and
this process only ever sees pixels and samples. What this program wrote itself is decoded here, by
`own_files`.
"""
